/**
 * Is the stated ± true? The share of windows whose PUE lies within it, over meters that err as their classes allow,
 * against the exact probability of that arrangement: errors drawn evenly within each bound, and from a normal
 * distribution of the same variance. One window a seed, independent of the others.
 */
import { describe, expect, test } from 'vitest'
import { finish } from '../../../src/core/core.ts'
import { createRandom, type Random } from '../../../simulators/random.ts'
import { createStage, siteOf, tell } from '../../scenarios/scenario.ts'
import { seedCount } from '../../seeds.ts'

const MINUTE_MS = 60_000
const BASE_MS = Date.UTC(2026, 2, 2)

type Law = 'even' | 'normal'
type Kw = Record<string, number>

interface Arrangement {
  name: string
  /** Members of each point behind its topic and unit. */
  points: Record<string, string>
  boundary: string
  kw: Kw
  /** What errs as one, by at most what share, at which points. */
  causes: readonly (readonly [bound: number, ...points: string[]])[]
  /** PUE of the powers that the points have. */
  pue: (kw: Kw) => number
  window?: '5m' | '10m' | '1h'
  /** Minutes of the window in which the facility's meter says nothing; its power may then differ by a tenth. */
  silent?: { from: number; to: number }
  /** The points are registers that show whole kWh. */
  counts?: boolean
}

const class05 = 'kW, accuracyPct: 0.5'
const class1 = 'kW, accuracyPct: 1'
const mainOverIt = (kw: Kw): number => kw['main']! / kw['it']!
const TWO: Pick<Arrangement, 'boundary' | 'kw' | 'pue'> = {
  boundary: '{ facility: [main], it: [it] }',
  kw: { main: 120, it: 100 },
  pue: mainOverIt,
}

const ARRANGEMENTS: readonly Arrangement[] = [
  {
    ...TWO,
    name: 'one meter each, of classes 0.5 and 1',
    points: { main: class05, it: class1 },
    causes: [[0.005, 'main'], [0.01, 'it']], // prettier-ignore
  },
  {
    name: 'a total built of IT and the rest: the IT meter stands in both sums',
    points: { it: class1, rest: class1 },
    boundary: '{ facility: [it, rest], it: [it] }',
    kw: { it: 100, rest: 45 },
    causes: [[0.01, 'it'], [0.01, 'rest']], // prettier-ignore
    pue: (kw) => (kw['it']! + kw['rest']!) / kw['it']!,
  },
  {
    name: 'two feeds over three units, of mixed classes',
    points: { a: class05, b: 'kW, accuracyPct: 0.2', u1: class1, u2: class1, u3: 'kW, accuracyPct: 2' },
    boundary: '{ facility: [a, b], it: [u1, u2, u3] }',
    kw: { a: 90, b: 60, u1: 50, u2: 40, u3: 20 },
    causes: [[0.005, 'a'], [0.002, 'b'], [0.01, 'u1'], [0.01, 'u2'], [0.02, 'u3']], // prettier-ignore
    pue: (kw) => (kw['a']! + kw['b']!) / (kw['u1']! + kw['u2']! + kw['u3']!),
  },
  {
    name: 'offices taken away from the feed',
    points: { main: class05, offices: 'kW, accuracyPct: 2', it: class1 },
    boundary: '{ facility: [{ sum: [main, { point: offices, factor: -1 }] }], it: [it] }',
    kw: { main: 160, offices: 30, it: 100 },
    causes: [[0.005, 'main'], [0.02, 'offices'], [0.01, 'it']], // prettier-ignore
    pue: (kw) => (kw['main']! - kw['offices']!) / kw['it']!,
  },
  {
    ...TWO,
    name: 'meters behind transformers of their own',
    points: { main: `${class05}, ct: { accuracyPct: 1 }`, it: `${class1}, ct: { accuracyPct: 0.5 }` },
    causes: [[0.005, 'main'], [0.01, 'main'], [0.01, 'it'], [0.005, 'it']], // prettier-ignore
  },
  {
    name: 'common cause: transformers of one type err alike in the units',
    points: {
      main: class05,
      u1: `${class05}, ct: { accuracyPct: 1, batch: t }`,
      u2: `${class05}, ct: { accuracyPct: 1, batch: t }`,
    },
    boundary: '{ facility: [main], it: [u1, u2] }',
    kw: { main: 120, u1: 70, u2: 30 },
    causes: [[0.005, 'main'], [0.005, 'u1'], [0.005, 'u2'], [0.01, 'u1', 'u2']], // prettier-ignore
    pue: (kw) => kw['main']! / (kw['u1']! + kw['u2']!),
  },
  {
    ...TWO,
    name: 'common cause: transformers of one type in both sums cancel',
    points: {
      main: `${class05}, ct: { accuracyPct: 1, batch: t }`,
      it: `${class1}, ct: { accuracyPct: 1, batch: t }`,
    },
    causes: [[0.005, 'main'], [0.01, 'it'], [0.01, 'main', 'it']], // prettier-ignore
  },
  {
    ...TWO,
    name: 'registers that show whole kWh',
    points: {
      main: 'kWh, register: {}, maxKw: 5000, accuracyPct: 0.5',
      it: 'kWh, register: {}, maxKw: 5000, accuracyPct: 1',
    },
    kw: { main: 1_500, it: 1_250 },
    causes: [[0.005, 'main'], [0.01, 'it']], // prettier-ignore
    counts: true,
  },
  {
    ...TWO,
    name: 'a gap that is bridged',
    points: { main: class05, it: class1 },
    causes: [[0.005, 'main'], [0.01, 'it']], // prettier-ignore
    window: '10m',
    silent: { from: 2, to: 8 },
  },
  {
    ...TWO,
    name: 'a gap that stays unknown',
    points: { main: class05, it: class1 },
    causes: [[0.005, 'main'], [0.01, 'it']], // prettier-ignore
    window: '1h',
    silent: { from: 20, to: 40 },
  },
]

const LENGTH = { '5m': 5, '10m': 10, '1h': 60 }
/** Between two windows, so that no segment reaches from one to the next one's errors unseen. */
const PAUSE = 5

function yamlOf({ points, boundary, window = '5m' }: Arrangement): string {
  const lines = Object.entries(points).map(([name, rest]) => `  ${name}: { topic: ${name}, everyS: 60, unit: ${rest} }`)
  return `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, boundS: 30, idleS: 600, windows: [${window}] }
points:
${lines.join('\n')}
boundaries: { dc: ${boundary} }
`
}

/** By what share of its bound a cause errs. */
function drawn(law: Law, random: Random): number {
  return law === 'even' ? 2 * random.next() - 1 : random.normal() / Math.sqrt(3)
}

/** What one window ought to be, and by how much the daemon may be wrong about it. */
interface Judged {
  pue: number
  truth: number
  uncertainty: number
}

/** Plays one window after the other, each with errors of its own. */
function judgedOf(arrangement: Arrangement, law: Law): Judged[] {
  const { kw, causes, window = '5m', silent, counts = false } = arrangement
  const minutes = LENGTH[window]
  const stage = createStage(siteOf(yamlOf(arrangement)), BASE_MS)
  const gapShare = silent === undefined ? 0 : (silent.to - silent.from) / minutes
  const truths = new Map<number, number>()
  const shown = new Map(Object.keys(kw).map((point): [string, number] => [point, 1_000]))
  for (let n = 0; n < seedCount('stated uncertainty'); n++) {
    const random = createRandom(n + 1)
    // A count is cut anywhere between two digits: up to a whole kWh more of energy, drawn for each point
    const trueKw = Object.fromEntries(
      Object.entries(kw).map(([point, value]) => [point, counts ? value + (60 / minutes) * random.next() : value]),
    )
    const errors = causes.map(([bound]) => bound * drawn(law, random))
    const fromMs = BASE_MS + n * (minutes + PAUSE) * MINUTE_MS
    // A meter's own phase: where between two digits its count stands as the window begins
    for (const [point, count] of shown) shown.set(point, count + random.next())
    for (let minute = 0; minute <= minutes; minute++) {
      const tMs = fromMs + minute * MINUTE_MS
      for (const point of Object.keys(kw)) {
        if (point === 'main' && silent !== undefined && minute > silent.from && minute < silent.to) continue
        const error = causes.reduce((sum, [, ...points], c) => sum + (points.includes(point) ? errors[c]! : 0), 0)
        if (counts && minute > 0) shown.set(point, shown.get(point)! + (trueKw[point]! * (1 + error)) / 60)
        const value = counts ? Math.floor(shown.get(point)!) : trueKw[point]! * (1 + error)
        tell(stage, point, String(value), tMs, tMs)
      }
    }
    truths.set(fromMs + minutes * MINUTE_MS, arrangement.pue(trueKw) * (1 + gapShare * 0.1 * drawn(law, random)))
  }
  finish(stage.pipeline.core)
  const last = new Map<number, Judged>()
  for (const { measurement, tags, timeMs, fields } of stage.rows) {
    const truth = truths.get(timeMs)
    if (measurement !== 'pue' || tags['window'] !== window || truth === undefined) continue
    last.set(timeMs, { truth, pue: Number(fields['pue']), uncertainty: Number(fields['uncertainty']) })
  }
  return [...last.values()]
}

/** What each cause does to PUE at its bound; a count is cut at both ends of the window, each time by up to a kWh. */
function effectsOf({ kw, causes, pue, window = '5m', silent, counts = false }: Arrangement) {
  const STEP = 1e-6
  const byShare = (...points: string[]) => {
    const moved = Object.fromEntries(
      Object.entries(kw).map(([point, value]) => [point, points.includes(point) ? value * (1 + STEP) : value]),
    )
    return (pue(moved) - pue(kw)) / STEP
  }
  const meters = causes.map(([bound, ...points]) => bound * byShare(...points))
  const gaps = silent === undefined ? [] : [(0.1 * pue(kw) * (silent.to - silent.from)) / LENGTH[window]]
  const kwhOf = (point: string) => (kw[point]! * LENGTH[window]) / 60
  const cuts = counts
    ? Object.keys(kw).flatMap((point) => Array<number>(2).fill((0.5 / kwhOf(point)) * byShare(point)))
    : []
  return { drawn: [...meters, ...gaps], cuts }
}

/** Probability that the sum of numbers, each even within ±`widths`, is at most x: the volume of a cut cube. */
function below(x: number, widths: readonly number[]): number {
  if (widths.length === 0) return x >= 0 ? 1 : 0
  let [volume, scale] = [0, 1]
  for (const [n, width] of widths.entries()) scale *= 2 * width * (n + 1)
  for (let corner = 0; corner < 2 ** widths.length; corner++) {
    let [sign, edge] = [1, x]
    for (const [n, width] of widths.entries()) {
      const isUpper = ((corner >> n) & 1) === 1
      sign *= isUpper ? 1 : -1
      edge += isUpper ? width : -width
    }
    volume += sign * Math.max(0, edge) ** widths.length
  }
  return volume / scale
}

/** The exact probability that PUE lies within k = 2 of the truth, `share` of the whole ±. */
function probabilityOf(arrangement: Arrangement, law: Law, share: number): number {
  const { drawn: erring, cuts } = effectsOf(arrangement)
  const all = [...erring, ...cuts]
  const within = share * 2 * Math.sqrt(all.reduce((sum, effect) => sum + effect ** 2 / 3, 0))
  if (law === 'even') {
    const widths = all.map(Math.abs)
    return below(within, widths) - below(-within, widths)
  }
  const deviation = Math.sqrt(erring.reduce((sum, effect) => sum + effect ** 2 / 3, 0))
  const widths = cuts.map(Math.abs)
  let [probability, weights] = [0, 0]
  for (let z = -6; z <= 6; z += 0.001) {
    const weight = Math.exp(-(z ** 2) / 2)
    weights += weight
    probability += weight * (below(within - z * deviation, widths) - below(-within - z * deviation, widths))
  }
  return probability / weights
}

/** How many standard errors of the binomial distribution the share within `share` of the stated ± is off. */
function standardErrorsOff(judged: readonly Judged[], probability: number, share: number): number {
  const within = judged.filter((it) => Math.abs(it.pue - it.truth) <= share * it.uncertainty).length / judged.length
  return (within - probability) / Math.sqrt((probability * (1 - probability)) / judged.length)
}

describe.each(['even', 'normal'] as const)('errors drawn from the %s law', (law) => {
  test.each(ARRANGEMENTS)('$name', (arrangement) => {
    const judged = judgedOf(arrangement, law)
    expect(judged).toHaveLength(seedCount('stated uncertainty'))
    const exact = probabilityOf(arrangement, law, 1)
    const off = standardErrorsOff(judged, exact, 1)
    // 25 % less than ± would be an understatement: the same windows reject it
    const understated = standardErrorsOff(judged, exact, 0.75)
    console.log(`${arrangement.name}, ${law}: exactly ${exact.toFixed(4)}, ${off.toFixed(2)} standard errors off`)
    expect(Math.abs(off)).toBeLessThanOrEqual(3)
    expect(understated).toBeLessThan(-3)
  })
})
