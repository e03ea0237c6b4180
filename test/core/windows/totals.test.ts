/** Details of long windows are kept by the hour; all else to the interval. Against sums made anew from plain lists. */
import { expect, test } from 'vitest'
import { runWhole } from '../../../src/core/contract/work.ts'
import { restoreTally, saveTally } from '../../../src/core/snapshot/tally.ts'
import type { Sections } from '../../../src/core/snapshot/form.ts'
import {
  appendBins,
  correctBins,
  createTally,
  fullTallyBytes,
  openTally,
  sumWindow,
  type Tally,
} from '../../../src/core/windows/tally.ts'
import { createPeriods, type Window } from '../../../src/core/windows/window.ts'
import { createRandom } from '../../../simulators/random.ts'

const FIRST = 28_000_020 // not on an hour
const HORIZON = 40
const SHORT: Window = { kind: 'rolling', name: 'short', length: 150, step: 1 }
const LONG: Window = { kind: 'rolling', name: 'long', length: 1200, step: 1 }
const DETAILS = { firstColumn: 1, exactLength: 180, step: 60, columnCounts: [2, 2] }
const NAMES = ['a', 'b'].map((name) => ({ name, columns: ['sum', 'part'] }))

/** Two series of two columns: the sum, kept to the minute, and a part of it, kept by the hour over `long`. */
function create(): Tally {
  return createTally({
    series: 2,
    columns: 2,
    windows: [SHORT, LONG],
    periods: createPeriods('UTC', 60_000),
    horizon: HORIZON,
    details: DETAILS,
  })
}

/** Bins of minute n: series × columns. */
type Past = number[][]

function play(minutes: number, seed: number): { tally: Tally; past: Past } {
  const random = createRandom(seed)
  const tally = create()
  const past: Past = []
  openTally(tally, FIRST)
  for (let n = 0; n < minutes; n++) {
    const bins = Array.from({ length: 4 }, () => Math.floor(random.next() * 1000))
    past.push([...bins])
    appendBins(tally, Float64Array.from(bins))
    if (n % 7 !== 3 || n < HORIZON) continue
    const late = n - Math.floor(random.next() * (HORIZON - 2))
    const series = n % 2
    const deltas = [Math.floor(random.next() * 50), -Math.floor(random.next() * 50)]
    runWhole(correctBins(tally, series, { intervals: [FIRST + late], deltas }, Infinity, () => {}))
    for (const c of [0, 1]) past[late]![2 * series + c]! += deltas[c]!
  }
  return { tally, past }
}

function anew(past: Past, at: number, from: number, to: number): number {
  let sum = 0
  for (let e = from; e < to; e++) sum += past[e - FIRST]?.[at] ?? 0
  return sum
}

function hour(e: number): number {
  return Math.floor(e / 60) * 60
}

/** What a tally says of its newest ends, and what it ought to say. */
function told(tally: Tally, past: Past): { told: number[][]; anew: number[][] } {
  const both = { told: [] as number[][], anew: [] as number[][] }
  for (let back = 0; back < HORIZON - 2; back++) {
    const e = FIRST + past.length - back
    for (const at of [0, 2]) {
      sumWindow(tally, at / 2, SHORT, e)
      both.told.push([...tally.sums])
      both.anew.push([anew(past, at, e - 150, e), anew(past, at + 1, e - 150, e)])
      sumWindow(tally, at / 2, LONG, e)
      both.told.push([...tally.sums])
      both.anew.push([anew(past, at, e - 1200, e), anew(past, at + 1, hour(e - 1200), hour(e))])
    }
  }
  return both
}

test.each([1, 2, 3])('parts of a long window are those of whole hours, sums those of each minute, seed %d', (seed) => {
  for (const minutes of [50, 119, 700, 3000]) {
    const { tally, past } = play(minutes, seed)
    const sums = told(tally, past)
    expect(sums.told).toEqual(sums.anew)
  }
})

test('both are in a snapshot, a later one of only what changed included', () => {
  const { tally, past } = play(2000, 9)
  const sections: Sections = new Map()
  saveTally(tally, NAMES, -Infinity, sections)
  const kept = FIRST + past.length
  for (let n = 0; n < 100; n++) {
    past.push([n, n + 1, n + 2, n + 3])
    appendBins(tally, Float64Array.from(past.at(-1)!))
  }
  saveTally(tally, NAMES, kept, sections)
  const after = create()
  restoreTally(after, NAMES, FIRST + past.length, sections)
  const sums = told(after, past)
  expect(sums.told).toEqual(sums.anew)
})

test('a part takes an hourly place for the long windows and no more', () => {
  const { tally } = play(100, 4)
  const written = 2 * 2 * HORIZON * 4
  const perSeries = 1200 + HORIZON + 2 + (180 + HORIZON + 2) + Math.ceil((1200 + HORIZON) / 60) + 2
  expect(fullTallyBytes(tally)).toBe(2 * 8 * perSeries + written)
})
