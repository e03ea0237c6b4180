/** Sums that are kept under their columns' names: a plan with other columns takes over what it knows and misreads nothing. */
import { expect, test } from 'vitest'
import type { Sections } from '../../../src/core/snapshot/form.ts'
import { runWhole } from '../../../src/core/contract/work.ts'
import { restoreTally, saveTally } from '../../../src/core/snapshot/tally.ts'
import {
  appendBins,
  correctBins,
  createTally,
  fullTallyBytes,
  openTally,
  sumWindow,
  tallyBytes,
  type Tally,
} from '../../../src/core/windows/tally.ts'
import { createPeriods, createWindows, type Window } from '../../../src/core/windows/window.ts'

const LENGTH_MS = 60_000
const HORIZON = 30
const windows = createWindows(
  [
    { kind: 'rolling', name: '1h', lengthMs: 3_600_000 },
    { kind: 'calendar', name: 'day' },
  ],
  LENGTH_MS,
  () => 0,
)
const FIRST = 28_000_000
const ENDS = 200

function tallyOf(columns: number): Tally {
  return createTally({ series: 1, columns, windows, periods: createPeriods('UTC', LENGTH_MS), horizon: HORIZON })
}

/** Minutes 0 to 199, of which column c counts c + 1 each; column 2 counts nothing. */
function filled(): Tally {
  const tally = tallyOf(3)
  openTally(tally, FIRST)
  for (let n = 0; n < ENDS; n++) appendBins(tally, Float64Array.of(1, 2, 0))
  return tally
}

function hour(tally: Tally): number[] {
  sumWindow(tally, 0, windows[0] as Window, FIRST + ENDS)
  return [...tally.sums]
}

function kept(tally: Tally, columns: readonly string[]): Sections {
  const sections: Sections = new Map()
  saveTally(tally, [{ name: 's', columns }], -Infinity, sections)
  return sections
}

test('columns are found by name, wherever they stand; a new one begins at nothing, one that is gone is dropped', () => {
  const sections = kept(filled(), ['one', 'two', 'never'])
  const after = tallyOf(4)
  restoreTally(after, [{ name: 's', columns: ['fresh', 'two', 'never', 'one'] }], FIRST + ENDS, sections)
  expect(hour(after)).toEqual([0, 120, 0, 60])
  sumWindow(after, 0, { kind: 'to_date', name: 'd', unit: 'day', step: 1 }, FIRST + ENDS)
  expect([...after.sums]).toEqual([0, 2 * 200, 0, 200])
  const fewer = tallyOf(1)
  restoreTally(fewer, [{ name: 's', columns: ['two'] }], FIRST + ENDS, kept(filled(), ['one', 'two', 'never']))
  expect(hour(fewer)).toEqual([120])
})

test('a series of another name begins anew', () => {
  const after = tallyOf(3)
  restoreTally(
    after,
    [{ name: 'other', columns: ['one', 'two', 'never'] }],
    FIRST + ENDS,
    kept(filled(), ['one', 'two']),
  )
  expect(hour(after)).toEqual([0, 0, 0])
})

test('a column takes room from the first thing counted in it, be it a correction, and counts as if it had always been', () => {
  const tally = filled()
  const before = tallyBytes(tally)
  runWhole(correctBins(tally, 0, { intervals: [FIRST + ENDS - 20], deltas: [0, 0, 7] }, Infinity, () => {}))
  expect(hour(tally)).toEqual([60, 120, 7])
  expect(tallyBytes(tally) - before).toBe(fullTallyBytes(tally) - before)
  appendBins(tally, Float64Array.of(1, 2, 5))
  sumWindow(tally, 0, windows[0] as Window, FIRST + ENDS + 1)
  expect([...tally.sums]).toEqual([60, 120, 12])
})

test('a window that is written less often takes over the sums of one that was written more often', () => {
  const plan = [{ kind: 'rolling', name: '1h', lengthMs: 3_600_000 }] as const
  const named = [{ name: 's', columns: ['one', 'two', 'never'] }]
  const every = (minutes: number) => {
    const stepped = createWindows(plan, LENGTH_MS, () => minutes * 60_000)
    const periods = createPeriods('UTC', LENGTH_MS)
    return createTally({ series: 1, columns: 3, windows: stepped, periods, horizon: HORIZON })
  }
  const often = every(5)
  openTally(often, FIRST)
  for (let n = 0; n < ENDS; n++) appendBins(often, Float64Array.of(1, 2 * (n % 15), 0))
  const seldom = every(15)
  restoreTally(seldom, named, FIRST + ENDS, kept(often, ['one', 'two', 'never']))
  const end = FIRST + ENDS - ((FIRST + ENDS) % 15)
  sumWindow(seldom, 0, seldom.windows[0] as Window, end)
  expect([...seldom.sums]).toEqual([60, 8 * 105, 0])
  for (let n = ENDS; n < ENDS + 15; n++) appendBins(seldom, Float64Array.of(2, 0, 1))
  sumWindow(seldom, 0, seldom.windows[0] as Window, end + 15)
  expect(seldom.sums[0]).toBe(60 + (end + 15 - FIRST - ENDS))
})

test('a tally of fewer or more windows takes over all that it can hold', () => {
  const year = createWindows([{ kind: 'rolling', name: '365d', lengthMs: 365 * 86_400_000 }], LENGTH_MS, () => 0)
  const named = [{ name: 's', columns: ['one', 'two', 'never'] }]
  const long = createTally({
    series: 1,
    columns: 3,
    windows: [...windows, ...year],
    periods: createPeriods('UTC', LENGTH_MS),
    horizon: HORIZON,
  })
  restoreTally(long, named, FIRST + ENDS, kept(filled(), named[0]?.columns ?? []))
  expect(hour(long)).toEqual([60, 120, 0])
  for (let n = 0; n < 400; n++) appendBins(long, Float64Array.of(1, 3, 0))
  const short = tallyOf(3)
  restoreTally(short, named, FIRST + ENDS + 400, kept(long, named[0]?.columns ?? []))
  sumWindow(short, 0, windows[0] as Window, FIRST + ENDS + 400)
  expect([...short.sums]).toEqual([60, 180, 0])
  sumWindow(short, 0, { kind: 'to_date', name: 'd', unit: 'day', step: 1 }, FIRST + ENDS + 400)
  expect([...short.sums]).toEqual([600, 1600, 0])
})
