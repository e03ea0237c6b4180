import type { Config } from '../../config/config.ts'
import type { AlarmKind } from '../../core/contract/alarm-kinds.ts'
import { amountOf } from '../../ingest/units.ts'
import type { Site } from '../../site/site.ts'
import type { NewestRow, NewestRows } from './newest.ts'

/** What a site is by its newest rows: the numbers that others show. NaN is not known. */
export interface Figures {
  /** By `pueKey`. */
  readonly pues: ReadonlyMap<string, PueFigure>
  readonly powers: readonly PowerFigure[]
  readonly halls: readonly HallFigure[]
  /** Alarms that stand, by kind and by the place of the severity; NaN: none has had that severity. */
  readonly alarms: StandingAlarms
}

/** Undefined: the core is behind the journal, and its alarms are those of an earlier time. */
type StandingAlarms = ReadonlyMap<AlarmKind, Float64Array> | undefined

/** The PUE of a boundary over a window that ends now. */
export interface PueFigure {
  readonly boundary: string
  readonly window: string
  readonly category: string
  /** End of the window, epoch ms. */
  readonly timeMs: number
  readonly pue: number
  /** Share of the window that is known. */
  readonly coverage: number
  /** Half of the interval that holds the true PUE (k = 2). */
  readonly uncertainty: number
  /** PUE, iPUE or pPUE. */
  readonly name: string
  readonly state: string
  readonly suspect: boolean
}

interface PowerFigure {
  readonly role: string
  /** Sum over the meters of the role, W; NaN where one of them is not known. */
  readonly powerW: number
  readonly meters: number
  readonly known: number
  /** End of the oldest interval in the sum, epoch ms. */
  readonly timeMs: number
}

/** Where the inlets of a hall stand, and the one that is nearest to a limit or furthest beyond. */
export interface HallFigure {
  readonly hall: string
  readonly inlets: Readonly<Record<(typeof INLET_BANDS)[number], number>>
  readonly worst?: {
    readonly inlet: string
    readonly rack: string
    /** From the dry bulb to the nearest recommended limit, K; negative beyond it. */
    readonly headroomK: number
    readonly dryBulbC: number
    readonly timeMs: number
  }
}

/** By the number of a band in the rows. */
export const INLET_BANDS = ['recommended', 'allowable', 'out', 'unknown'] as const

/** Windows of rows that end in the past once they are written; what runs is `day_to_date` and its like. */
const CLOSED = ['day', 'month', 'year']

/**
 * The figures at an arrival time. A row stands for the present as long as the next one may take: two intervals behind
 * the watermark, or behind the clock once readings have stopped. A meter's stands for three of its readings more.
 */
export function figuresOf(
  { config, plan }: Pick<Site, 'config' | 'plan'>,
  newest: NewestRows,
  alarms: StandingAlarms,
  nowMs: number,
): Figures {
  const freshMs = 2 * plan.lengthMs + plan.boundMs + plan.idleMs
  return {
    pues: puesOf(config, newest, nowMs, { freshMs, liveMs: plan.idleMs }),
    powers: powersOf(config, newest, nowMs - freshMs),
    halls: hallsOf(config, newest, nowMs - freshMs),
    alarms,
  }
}

function puesOf(
  { boundaries }: Config,
  newest: NewestRows,
  nowMs: number,
  { freshMs, liveMs }: { freshMs: number; liveMs: number },
): Map<string, PueFigure> {
  const pues = new Map<string, PueFigure>()
  for (const { tags, window, timeMs, fields } of newest.of('pue')) {
    const boundary = tags['boundary'] ?? ''
    const isPresent = nowMs - timeMs <= (window === 'live' ? liveMs : freshMs)
    if (!isPresent || CLOSED.includes(window) || boundaries[boundary] === undefined) continue
    pues.set(pueKey(boundary, window), {
      boundary,
      window,
      category: tags['category'] ?? '',
      timeMs,
      pue: numberOf(fields['pue']),
      coverage: numberOf(fields['coverage']),
      uncertainty: numberOf(fields['uncertainty']),
      name: String(fields['name'] ?? ''),
      state: String(fields['state'] ?? ''),
      suspect: fields['suspect'] === true,
    })
  }
  return pues
}

/** Under which a PUE stands in `Figures`. */
export function pueKey(boundary: string, window: string): string {
  return `${boundary} ${window}`
}

function powersOf({ points }: Config, newest: NewestRows, sinceMs: number): PowerFigure[] {
  const rows = new Map([...newest.of('energy')].map((row) => [row.tags['point'], row]))
  return [...metersByRole(points)].map(([role, meters]) => {
    const known = meters.flatMap((point): NewestRow[] => {
      const row = rows.get(point)
      const slowMs = 3000 * (points[point]?.everyS ?? 0)
      return row !== undefined && row.timeMs >= sinceMs - slowMs ? [row] : []
    })
    const sumW = known.reduce((sum, { fields }) => sum + numberOf(fields['mean_w']), 0)
    const isWhole = known.length === meters.length
    return {
      role,
      powerW: isWhole ? sumW : NaN,
      meters: meters.length,
      known: known.length,
      timeMs: Math.min(...known.map(({ timeMs }) => timeMs)),
    }
  })
}

/** Meters by role. Of one with power and register the register counts, or its power would count twice. */
export function metersByRole(points: Config['points']): Map<string, string[]> {
  const energy = Object.entries(points).filter(([, { unit }]) => amountOf(unit) === 'energy')
  const counted = new Set(energy.flatMap(([, { kind, meter }]) => (kind === 'register' && meter ? [meter] : [])))
  const meters = new Map<string, string[]>()
  for (const [name, { role, kind, meter }] of energy) {
    if (meter !== undefined && kind !== 'register' && counted.has(meter)) continue
    const others = meters.get(role ?? 'other')
    if (others === undefined) meters.set(role ?? 'other', [name])
    else others.push(name)
  }
  return meters
}

function hallsOf({ inlets }: Config, newest: NewestRows, sinceMs: number): HallFigure[] {
  const rows = new Map([...newest.of('climate')].map((row) => [row.tags['inlet'], row]))
  const halls = new Map<string, { counts: Record<(typeof INLET_BANDS)[number], number>; worst?: HallFigure['worst'] }>()
  for (const [inlet, { hall, rack }] of Object.entries(inlets)) {
    const told = halls.get(hall) ?? { counts: { recommended: 0, allowable: 0, out: 0, unknown: 0 } }
    halls.set(hall, told)
    const row = rows.get(inlet)
    const isPresent = row !== undefined && row.timeMs >= sinceMs
    told.counts[(isPresent ? INLET_BANDS[Number(row.fields['band'])] : undefined) ?? 'unknown']++
    const headroomK = isPresent ? numberOf(row.fields['headroom_k']) : NaN
    if (!(headroomK < (told.worst?.headroomK ?? Infinity))) continue
    told.worst = { inlet, rack, headroomK, dryBulbC: numberOf(row?.fields['dry_bulb_c']), timeMs: row?.timeMs ?? NaN }
  }
  return [...halls].map(([hall, { counts, worst }]) => ({
    hall,
    inlets: counts,
    ...(worst === undefined ? {} : { worst }),
  }))
}

function numberOf(field: unknown): number {
  return typeof field === 'number' ? field : NaN
}
