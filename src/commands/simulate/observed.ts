import { createReplay, endReplay, replayLine, type Summary } from '../../fold/replay.ts'
import { formatLine } from '../../ingest/recording.ts'
import type { Row } from '../../rows/rows.ts'
import { packetsOfRun } from '../../../simulators/run.ts'
import { createArrivals, noteArrival, type Arrivals } from '../../../simulators/truth/silences.ts'
import type { Run } from '../../../simulators/scenarios/life.ts'

/** What a run of a scenario comes to, folded by this daemon's own code. Times are epoch ms. */
export interface Observed {
  readonly run: Run
  readonly outcomes: Summary['outcomes']
  /** What came of the run; undefined: nobody looked. */
  readonly arrivals: Arrivals | undefined
  /** In the order of their times, up to the end of the run. */
  readonly alarms: readonly ObservedAlarm[]
  /** The last row of each boundary, window and time. */
  readonly quotients: ReadonlyMap<string, { pue: number; coverage: number }>
  /** The last row of each point and interval end. */
  readonly energies: ReadonlyMap<string, { energyJ: number; coverage: number; estimated: number }>
  /** The return temperature index of each hall and end of an hour, in %. */
  readonly returns: ReadonlyMap<string, number>
  /** By inlet: minutes in each band at worst. */
  readonly bands: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** The worst band of each inlet and interval end. */
  readonly worst: ReadonlyMap<string, string>
}

interface ObservedAlarm {
  readonly timeMs: number
  readonly state: string
  readonly kind: string
  readonly source: string
}

const BANDS = ['recommended', 'allowable', 'out', 'unknown'] as const

/** The key of a quotient or an energy. */
export function rowKey(...parts: readonly (string | number)[]): string {
  return parts.join(' ')
}

/** Gathers what a run comes to, row by row. */
interface Observer {
  note(row: Row): void
  /** `outcomes` are those of all readings. */
  observed(outcomes: Observed['outcomes'], arrivals?: Arrivals): Observed
}

export function createObserver(run: Run): Observer {
  const last = new Map<string, Row>()
  const alarms: ObservedAlarm[] = []
  const returns = new Map<string, number>()
  return {
    note(row) {
      const { measurement, tags, fields, timeMs } = row
      if (measurement === 'alarm') {
        alarms.push({ timeMs, state: textOf(fields['state']), kind: tags['alarm'] ?? '', source: tags['source'] ?? '' })
      } else if (measurement === 'compliance') {
        const rti = numberOf(fields['rti_pct'])
        const isOfHall = tags['scope'] === 'hall' && tags['window'] === '1h'
        if (isOfHall && !Number.isNaN(rti)) returns.set(rowKey(textOf(fields['name'] ?? tags['name']), timeMs), rti)
      } else if (measurement === 'pue' || measurement === 'energy' || measurement === 'climate') {
        last.set(JSON.stringify([measurement, tags, timeMs]), row)
      }
    },
    observed(outcomes, arrivals) {
      // Behind its end everything is silent
      const within = alarms.filter(({ timeMs }) => timeMs <= run.toMs).sort((a, b) => a.timeMs - b.timeMs)
      return { run, outcomes, arrivals, alarms: within, returns, ...collected(last.values(), run.site.plan.lengthMs) }
    },
  }
}

/** Simulates a run and folds it. */
export function observe(run: Run): Observed {
  const observer = createObserver(run)
  const replay = createReplay(run.site, (row) => observer.note(row))
  let line = 0
  const arrivals = createArrivals()
  for (const packet of packetsOfRun(run)) {
    noteArrival(arrivals, packet)
    replayLine(replay, formatLine(packet), `packet ${++line}`)
  }
  return observer.observed(endReplay(replay).outcomes, arrivals)
}

/** The observed as a person may put it into a scenario file, to be looked at first. */
export function expectationText({ run, alarms, quotients, bands, outcomes }: Observed): string {
  const pues = [...quotients].flatMap(([key, { pue, coverage }]) => {
    const [boundary = '', window = '', timeMs = ''] = key.split(' ')
    const isAsked =
      window === '1h' && !Number.isNaN(pue) && Number(timeMs) === Math.floor(run.toMs / HOUR_MS) * HOUR_MS - 300_000
    if (!isAsked) return []
    const within = `[${(pue - 0.02).toFixed(2)}, ${(pue + 0.02).toFixed(2)}]`
    const at = offsetText(Number(timeMs) - run.fromMs)
    return [
      `    - { boundary: ${boundary}, window: 1h, at: ${at}, within: ${within}, coverage: [${coverage}, ${coverage}] }`,
    ]
  })
  const seen = [...bands].flatMap(([inlet, own]) => {
    const isPlain = own.size === 1 && own.has('recommended')
    return isPlain ? [] : [`    ${inlet}: { ${[...own].map(([band, min]) => `${band}: ${min}`).join(', ')} }`]
  })
  const counts = Object.entries(outcomes).flatMap(([outcome, count]) => (count > 0 ? [`${outcome}: ${count}`] : []))
  const kinds = Map.groupBy(alarms, likenessOf)
  const isMany = (alarm: ObservedAlarm): boolean => (kinds.get(likenessOf(alarm))?.length ?? 0) > FEW
  const rows = alarms.filter((alarm) => !isMany(alarm)).map((alarm) => `      - ${alarmText(alarm, run.fromMs)}`)
  const many = [...kinds]
    .filter(([, alike]) => alike.length > FEW)
    .map(([likeness, alike]) => `      ${likeness}: [${manyText(alike, run.fromMs)}]`)
  return [
    'expect:',
    ...(pues.length === 0 ? [] : ['  pue:', ...pues]),
    '  alarms:',
    ...(rows.length === 0 ? ['    rows: []'] : ['    rows:', ...rows]),
    ...(many.length === 0 ? [] : ['    many:', ...many]),
    ...(seen.length === 0 ? [] : ['  bands:', ...seen.slice(0, FEW)]),
    `  outcomes: { ${counts.join(', ')} }`,
    '',
  ].join('\n')
}

const HOUR_MS = 3_600_000
/** So many alarms of one kind and state are told one by one. */
const FEW = 6

/** What alarms have in common that come in numbers: `raised moisture`. */
export function likenessOf({ state, kind }: ObservedAlarm): string {
  return `${state} ${kind}`
}

/** How many, and when the first and the last: `24, +1m, +2m10s`. */
export function manyText(alike: readonly ObservedAlarm[], fromMs: number): string {
  const [first, last] = [alike[0], alike.at(-1)]
  if (first === undefined || last === undefined) return '0'
  return `${alike.length}, ${offsetText(first.timeMs - fromMs)}, ${offsetText(last.timeMs - fromMs)}`
}

/** The alarm as a scenario file writes it: `+12m raised inlet_allowable h1-r3`. */
export function alarmText({ timeMs, state, kind, source }: ObservedAlarm, fromMs: number): string {
  return `${offsetText(timeMs - fromMs)} ${state} ${kind} ${source}`
}

/** A length of time as events write it: +1h2m3s. */
export function offsetText(ms: number): string {
  const s = Math.round(ms / 1000)
  const parts = [
    [Math.floor(s / 3600), 'h'],
    [Math.floor(s / 60) % 60, 'm'],
    [s % 60, 's'],
  ] as const
  const text = parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('')
  return `+${text === '' ? '0s' : text}`
}

function collected(
  rows: Iterable<Row>,
  lengthMs: number,
): Pick<Observed, 'quotients' | 'energies' | 'bands' | 'worst'> {
  const quotients = new Map<string, { pue: number; coverage: number }>()
  const energies = new Map<string, { energyJ: number; coverage: number; estimated: number }>()
  const bands = new Map<string, Map<string, number>>()
  const worst = new Map<string, string>()
  for (const { measurement, tags, fields, timeMs } of rows) {
    const coverage = numberOf(fields['coverage'])
    if (measurement === 'pue') {
      const key = rowKey(tags['boundary'] ?? '', tags['window'] ?? '', timeMs)
      quotients.set(key, { pue: numberOf(fields['pue']), coverage })
    } else if (measurement === 'energy') {
      const estimated = numberOf(fields['estimated_share'])
      energies.set(rowKey(tags['point'] ?? '', timeMs), { energyJ: numberOf(fields['energy_j']), coverage, estimated })
    } else {
      const inlet = tags['inlet'] ?? ''
      const own = bands.get(inlet) ?? new Map<string, number>()
      bands.set(inlet, own)
      const band = BANDS[numberOf(fields['worst_band'])] ?? 'unknown'
      own.set(band, (own.get(band) ?? 0) + lengthMs / 60_000)
      worst.set(rowKey(inlet, timeMs), band)
    }
  }
  return { quotients, energies, bands, worst }
}

function numberOf(field: unknown): number {
  return typeof field === 'number' ? field : NaN
}

function textOf(field: unknown): string {
  return typeof field === 'string' ? field : ''
}
