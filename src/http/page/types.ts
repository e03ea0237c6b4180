/** What the page holds. Rows are those of the API; times are epoch ms by the daemon's clock. */
export interface Row {
  measurement: string
  tags: Record<string, string>
  fields: Record<string, number | string | boolean>
  timeMs: number
}

export interface SiteShape {
  site: string
  timezone: string
  edition: string
  intervalS: number
  /** Where the dashboards are; absent: not configured. */
  grafanaUrl?: string
  windows: string[]
  points: { point: string; role?: string; unit: string; kind: string; gateway?: string; meter?: string }[]
  boundaries: { boundary: string; category: number; targetPue?: number; targets?: Targets; part: boolean }[]
  inlets: InletShape[]
}

export interface InletShape {
  inlet: string
  hall: string
  rack: string
  class: string
  /** That measure it. */
  points: string[]
}

/** The air of an inlet by its newest reading. */
export interface Air {
  inlet: string
  timeMs: number
  /** From then on nothing is known of the inlet. */
  untilMs: number
  dryBulbC: number
  rhPct?: number
  dewPointC?: number
  headroomK: number
  band: number
  violations: string
}

/** A number over time, `null` where it is not known. */
export interface Course {
  timesMs: number[]
  stepMs: number
  least: (number | null)[]
  mean: (number | null)[]
  most: (number | null)[]
}

/** What one class of inlets is judged by. */
export interface Limits {
  class: string
  part: 'recommended' | 'allowable'
  dryBulbMinC: number
  dryBulbMaxC: number
}

/** By indicator what it has to keep to over a window. */
type Targets = Record<string, { window: string; max?: number; min?: number }>

/** How the daemon says it is, every few seconds. */
export interface Pulse {
  nowMs: number
  newestMs?: number
  connected: boolean
  reasons: string[]
}

export interface Power {
  timesMs: number[]
  stepMs: number
  roles: Record<string, (number | null)[]>
  points: Record<string, string[]>
}

export interface Refused {
  counts: { outcome: string; topic: string; readings: number; firstMs: number; lastMs: number }[]
  packets: {
    outcome: string
    topic: string
    timeMs: number
    points: string[]
    payload?: string
    payload_hex?: string
  }[]
}

/** A row that InfluxDB will never take as it is. */
export interface DeadLetter extends Row {
  id: number
  reason: string
}

export interface PlannedWork {
  name: string
  hall?: string
  rack?: string
  gateway?: string
  class?: string
  rrule?: string
  hours: number
  who: string
  why: string
  /** End of the stretch that goes on, and begin of the next one; absent: there is none. */
  untilMs?: number
  nextMs?: number
  /** Why it comes to nothing. */
  fault?: string
}

/** `connecting`: never yet connected. `lost`: was connected, and tries again by itself. */
export interface Connection {
  kind: 'connecting' | 'live' | 'lost'
  /** Since when, by the browser's steady clock. */
  sinceMs: number
}

/** Who looks at the page. `csrf` is sent with each order; without it nobody has logged in. */
export interface Session {
  /** Whether anybody can log in here. */
  accounts: boolean
  name: string
  right: string
  csrf?: string
}

export interface View {
  /** Undefined: not asked yet. */
  session: Session | undefined
  site: SiteShape | undefined
  /** Boundary that is shown. */
  boundary: string | undefined
  /** Newest row of each series, by measurement and then by tags. */
  newest: Map<string, Map<string, Row>>
  /** By inlet. */
  air: Map<string, Air>
  /** Transitions of alarms that are known here, by tags and time. */
  transitions: Map<string, Row>
  pulse: Pulse | undefined
  /** Steady clock of the browser when the pulse came. */
  pulseAtMs: number
  /** Whether readings move on faster than the clock; undefined: two pulses are not there yet. */
  isFilling: boolean | undefined
  connection: Connection
}

export interface Line {
  label: string
  color: string
  dash: number[]
  numbers: (number | null)[]
}
