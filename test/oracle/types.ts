export interface ScenarioPoint {
  name: string
  topic: string
  kind: 'power' | 'mean' | 'energy' | 'register' | 'gauge'
  unit: 'W' | 'kW' | 'J' | 'Wh' | 'kWh' | '°C' | 'L' | 'm³' | 'g/kWh'
  /** JSON member that holds the value; absent: a bare number, or the member `value`. The stamp is `ts`, epoch or ISO. */
  member?: string
  everyMs: number
  /** Of a register: how long a gap it bridges, the same for all of a site. */
  maxGapMs: number
  hold: boolean
  /** Where a register wraps, joules; absent: it does not. */
  modulusJ?: number
  /** Time zone at whose midnights a register begins anew, the site's; absent: it counts on. */
  dayZone?: string
  /** Rated power. */
  maxKw?: number
  /** Class; absent: PUE has no uncertainty. */
  accuracyPct?: number
  /** Declared swaps of a register's meter, rising by time; counts in the point's unit. */
  swaps?: Swap[]
  /** In the point's unit. */
  min?: number
  max?: number
  role?: string
}

export interface Swap {
  atMs: number
  closing: number
  opening: number
}

export interface Term {
  point: string
  factor: number
}

export interface ScenarioBoundary {
  name: string
  facility: Term[]
  it: Term[]
  category: 1 | 2 | 3
  part: boolean
}

export interface Scenario {
  site: string
  timezone: string
  lengthMs: number
  latenessMs: number
  /** Absent: 7 days. */
  backlogMs?: number
  skewMs: number
  boundMs: number
  minCoverage: number
  windows: string[]
  points: ScenarioPoint[]
  boundaries: ScenarioBoundary[]
  inlets?: ScenarioInlet[]
  /** Rows of the readings of inlets' points, too. */
  readings?: 'all'
  /** Sections of the configuration besides, or in the place of those above. */
  more?: object
}

export interface ScenarioInlet {
  name: string
  dryBulb: string
  dewPoint?: string
  hall: string
  rack: string
}

export type Fields = Record<string, number | string | boolean>

export interface Row {
  measurement: string
  tags: Readonly<Record<string, string>>
  /** Without `revision`. */
  fields: Fields
  /** Absolute tolerance of a field where a sum lay so near a half that doubles may round it the other way. */
  within: Record<string, number>
  /** What was settled by the clock, or bridged by a register, may change. */
  restatable: boolean
  timeMs: number
}
