/**
 * Time of a reading in the core of the tree argv[2]: argv[3] `energy` or `inlet`, argv[4] points, argv[5] `in
 * order`, `shuffled` or `late` (a tenth of the points five minutes behind), for about argv[6] seconds. The floor is a
 * bare loop over typed arrays in the same order. Closing intervals has a clock of its own.
 */
import type * as CoreModule from '../../../src/core/core.ts'
import type * as Sinks from '../../../src/core/contract/sink.ts'
import type { CorePlan } from '../../../src/core/contract/plan.ts'
import type * as State from '../../../src/core/state.ts'
import { createRandom } from '../../../simulators/random.ts'
import { mixedSite, powerSite } from '../sites.ts'
import { createPieceClock } from './clock.ts'
import { load, siteOf, tell } from './site.ts'

const [root = '', kind = '', count = '', order = '', seconds = '2'] = process.argv.slice(2)
const EVERY_MS = 60_000
const LATE_MS = 300_000
const START_MS = Date.UTC(2026, 2, 2)
/** Shorter than a busy machine's turn. */
const BATCH = 1_000
const BARE_ROUNDS = 10_000
/** After the beginning of a minute; the stamp of no other reading is later. */
const NEWEST_MS = 977
const points = Number(count)
// A round of a million points is long enough to say something by itself.
const [WARM_ROUNDS, LEAST_ROUNDS] = points < 1_000_000 ? [3, 6] : [2, 3]
const { advance, apply, notePacket } = await load<typeof CoreModule>(root, 'core/core.ts')
const { NOWHERE } = await load<typeof Sinks>(root, 'core/contract/sink.ts')
const { createCore } = await load<typeof State>(root, 'core/state.ts')

const text = JSON.stringify(kind === 'energy' ? powerSite(10) : mixedSite(8))
const before = process.memoryUsage()
const core = createCore(widened((await siteOf(root, text)).plan), NOWHERE)
const places = Int32Array.from({ length: points }, (_, point) => point)
const values = Float64Array.from({ length: 4096 }, valueOf)
if (order === 'shuffled') shuffle(places)
const clocks = { apply: createPieceClock(), close: createPieceClock(), bare: createPieceClock() }
const rounds = foldAll()
sumAll(rounds)
const after = process.memoryUsage()
tell({
  applyUs: clocks.apply.medianUs(),
  closeUs: clocks.close.medianUs(),
  bareUs: clocks.bare.medianUs(),
  rounds,
  bytesPerPoint: (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / points,
})

/**
 * A round is a reading of each point. Its first is the newest, so it alone closes the interval and lets corrections out:
 * it is on the clock of closing. The others only wait for it.
 */
function foldAll(): number {
  const shifts = new Float64Array(points)
  if (order === 'late') for (let point = 9; point < points; point += 10) shifts[point] = LATE_MS
  let round = 0
  for (; ; round++) {
    const isEnough = clocks.apply.totalS > Number(seconds) || clocks.close.totalS > 4 * Number(seconds)
    if (round >= WARM_ROUNDS + LEAST_ROUNDS && isEnough) return round
    if (round === WARM_ROUNDS) Object.assign(clocks, { apply: createPieceClock(), close: createPieceClock() })
    const nowMs = START_MS + round * EVERY_MS + 1000
    clocks.close.time(points, () => {
      advance(core, nowMs)
      fold(places[0]!, START_MS + round * EVERY_MS + NEWEST_MS, round, nowMs)
    })
    for (let from = 1; from < points; from += BATCH) {
      const to = Math.min(points, from + BATCH)
      clocks.apply.time(to - from, () => {
        for (let n = from; n < to; n++) {
          const point = places[n]!
          fold(point, START_MS + round * EVERY_MS + (point % NEWEST_MS) - shifts[point]!, round, nowMs)
        }
      })
    }
  }
}

function fold(point: number, tMs: number, round: number, nowMs: number): void {
  notePacket(core, nowMs)
  apply(core, point, tMs, values[(2 * point + 62 * round + (point & 1)) & 4095]!, nowMs)
}

/** The least that any such loop has to do: add a value to its point's running interval. */
function sumAll(most: number): void {
  const [sums, latest] = [new Float64Array(points), new Float64Array(points)]
  for (let round = 0; round < Math.min(most, BARE_ROUNDS); round++) {
    const tMs = START_MS + round * EVERY_MS
    clocks.bare.time(points, () => {
      for (let n = 0; n < points; n++) {
        const point = places[n]!
        sums[point]! += values[(point * 31 + round) & 4095]! * (tMs - latest[point]!)
        latest[point] = tMs
      }
    })
  }
  if (!sums.every(Number.isFinite)) throw new Error('the bare loop went wrong')
}

/** Watts; or °C at even places and % at odd ones, whose changes raise no alarm. */
function valueOf(_: unknown, n: number): number {
  const wobble = ((n * 7919) % 100) / 100
  return kind === 'energy' ? 1000 + 100 * wobble : n % 2 === 0 ? 22 + 0.1 * wobble : 42 + 0.5 * wobble
}

function shuffle(list: Int32Array): void {
  const random = createRandom(7)
  for (let n = list.length - 1; n > 0; n--) {
    const other = random.int(0, n)
    const kept = list[n]!
    list[n] = list[other]!
    list[other] = kept
  }
}

/** A small site's plan with as many points as asked: a text of a million names would be the larger part of the bench. */
function widened(plan: CorePlan): CorePlan {
  const isInlets = kind === 'inlet'
  const inlets = isInlets ? points / 2 : 0
  // An inlet's dry bulb and humidity lie side by side, before them the two meters of the boundary.
  const [meters, gauges] = [plan.points.filter((it) => it.kind !== 'gauge'), plan.points.filter(isGauge)]
  const own = isInlets ? gauges.slice(0, 1).concat(gauges.slice(-1)) : meters.slice(0, 1)
  const wide = <T>(list: readonly T[], length: number): T[] => Array.from({ length }, (_, n) => list[n % list.length]!)
  const perInlet = <T>(list: readonly T[]): T[] => wide(list.slice(0, 1), inlets)
  return {
    ...plan,
    points: wide(own, points),
    boundaries: isInlets ? [] : plan.boundaries,
    inlets: perInlet(plan.inlets).map((inlet, n) => ({ ...inlet, dryBulb: 2 * n, humidity: 2 * n + 1 })),
    // A message brings an inlet's two readings, or a meter's one; earlier commits have no sources
    ...('sources' in plan && {
      sources: wide(plan.sources.slice(0, 1), isInlets ? inlets : points),
      sourceOf: Array.from({ length: points }, (_, n) => (isInlets ? n >> 1 : n)),
    }),
    scopes: isInlets ? [{ scope: 'site', inlets: Array.from({ length: inlets }, (_, n) => n) }] : [],
    alarms: {
      ...plan.alarms,
      recommended: perInlet(plan.alarms.recommended),
      allowable: perInlet(plan.alarms.allowable),
      moisture: perInlet(plan.alarms.moisture),
      staleAfterMs: new Array<number>(points).fill(plan.alarms.staleAfterMs[0]!),
    },
  }
}

function isGauge({ kind: it }: CorePlan['points'][number]): boolean {
  return it === 'gauge'
}
