/** Sums of a trail are those made anew from plain lists, through corrections and snapshots; so are states of rows. */
import { expect, test } from 'vitest'
import { runWhole } from '../../../src/core/contract/work.ts'
import { COLUMNS } from '../../../src/core/air/bands.ts'
import { restoreNames, saveNames } from '../../../src/core/snapshot/names.ts'
import { restoreTrail } from '../../../src/core/snapshot/trails/restored.ts'
import { saveTrail } from '../../../src/core/snapshot/trail.ts'
import type { Sections } from '../../../src/core/snapshot/form.ts'
import {
  appendTrail,
  createTrail,
  mayHoldIn,
  openTrail,
  sumTrail,
  sumTrailColumn,
  trailBin,
  type Trail,
} from '../../../src/core/windows/trail.ts'
import { beginEnd, correctTrail, emitNewEnds, windowsEndingAt } from '../../../src/core/windows/trail-ends.ts'
import { createPeriods, createWindows } from '../../../src/core/windows/window.ts'
import { isRowWritten, noteRowCorrected, noteRowWritten } from '../../../src/core/windows/written.ts'
import { createRandom } from '../../../simulators/random.ts'

const FIRST = 28_000_037 // not on an hour
const HORIZON = 90
const FULL = 60_000
const WINDOWS = createWindows(
  [
    { kind: 'rolling', name: '1h', lengthMs: 3_600_000 },
    { kind: 'rolling', name: '24h', lengthMs: 86_400_000 },
    { kind: 'rolling', name: '7d', lengthMs: 7 * 86_400_000 },
    { kind: 'calendar', name: 'day' },
    { kind: 'calendar', name: 'month' },
  ],
  60_000,
  (windowMs) => (windowMs <= 3_600_000 ? 300_000 : windowMs <= 86_400_000 ? 900_000 : 3_600_000),
)
const NAMES = ['a', 'b', 'c', 'd', 'e']

function create(series: number, hourColumns = 2): Trail {
  return createTrail({
    columns: COLUMNS,
    windows: WINDOWS,
    unwritten: [],
    periods: createPeriods('Europe/Paris', 60_000),
    horizon: HORIZON,
    recent: HORIZON,
    full: new Float64Array(series).fill(FULL),
    fullColumns: [0, 2],
    like: Int8Array.from({ length: COLUMNS }, (_, c) => (c === 4 ? 3 : -1)),
    hourColumns,
  })
}

/** Bins of each series and minute. */
type Past = number[][][]

function play(trail: Trail, past: Past, minutes: number, seed: number): void {
  const random = createRandom(seed)
  for (let n = 0; n < minutes; n++) {
    for (const series of past) {
      const known = random.next() < 0.9 ? FULL : random.int(0, FULL)
      const bin = new Array<number>(COLUMNS).fill(0)
      bin[0] = known
      bin[1] = random.next() < 0.9 ? 0 : random.int(0, known)
      bin[2] = known - bin[1]
      bin[3] = Math.round(1.1 * known + random.int(0, 2000))
      bin[4] = Math.round(0.6 * bin[3])
      bin[9] = random.next() < 0.001 ? 5e9 : 0
      series.push(bin)
    }
    runWhole(appendTrail(trail, Float64Array.from(past.flatMap((series) => series.at(-1) ?? []))))
    if (n % 11 !== 3 || n < HORIZON) continue
    const s = random.int(0, past.length - 1)
    const at = (past[s]?.length ?? 0) - 1 - random.int(0, HORIZON - 2)
    const deltas = Array.from({ length: COLUMNS }, (_, c) => (c < 3 ? -(past[s]?.[at]?.[c] ?? 0) : 7 * c))
    runWhole(correctTrail(trail, s, { intervals: [FIRST + at], deltas }, Infinity, () => 1))
    for (const [c, delta] of deltas.entries()) past[s]![at]![c]! += delta
  }
}

function sum(past: Past, s: number, column: number, from: number, to: number): number {
  let total = 0
  for (let e = Math.max(FIRST, from); e < to; e++) total += past[s]?.[e - FIRST]?.[column] ?? 0
  return total
}

/** Windows of each series at the newest ends of each, and single bins, that are not what they ought to be. */
function wrongSums(trail: Trail, past: Past): unknown[] {
  const wrong: unknown[] = []
  const newest = FIRST + (past[0]?.length ?? 0)
  for (const s of past.keys()) {
    for (const window of WINDOWS) {
      for (let back = 0; back < HORIZON - 1; back += 7) {
        const step = window.kind === 'whole' ? 1 : window.step
        const end = Math.floor((newest - back) / step) * step
        if (end <= newest - HORIZON || end <= FIRST) continue
        const columns = window.name === '7d' ? trail.hours.columns : COLUMNS
        const span = sumTrail(trail, s, window, end)
        for (let c = 0; c < columns; c++) {
          const anew = sum(past, s, c, end - span, end)
          if (trail.sums[c] !== anew) wrong.push({ of: window.name, s, c, end, sum: trail.sums[c], anew })
          const alone = sumTrailColumn(trail, s, window, end, c)
          if (alone !== anew) wrong.push({ of: window.name, s, c, end, alone, anew })
          if (anew !== 0 && !mayHoldIn(trail, window, end, c)) wrong.push({ of: window.name, s, c, end, none: anew })
        }
      }
    }
    const bin = [...trailBin(trail, s, newest - 40)]
    if (bin.some((value, c) => value !== past[s]?.at(-40)?.[c])) wrong.push({ s, bin })
  }
  return wrong
}

test.each([1, 2, 3])('windows are added up as from plain lists, seed %d', (seed) => {
  const trail = create(3)
  runWhole(openTrail(trail, FIRST))
  const past: Past = [[], [], []]
  for (const minutes of [45, 65, 700, 3000, 9000]) {
    play(trail, past, minutes, seed * minutes)
    expect(wrongSums(trail, past)).toEqual([])
  }
})

test('whether anybody has any of a column in a window is known without adding up', () => {
  const trail = create(3)
  runWhole(openTrail(trail, FIRST))
  const bins = Float64Array.from({ length: 3 * COLUMNS }, (_, at) => (at % COLUMNS === 0 ? FULL : 0))
  const close = (minutes: number, out: number): void => {
    bins[COLUMNS + 1] = out
    for (let n = 0; n < minutes; n++) runWhole(appendTrail(trail, bins))
  }
  const having = () =>
    WINDOWS.flatMap((window) => (mayHoldIn(trail, window, trail.minutes.newest, 1) ? [window.name] : []))
  const units = WINDOWS.filter(({ kind }) => kind !== 'rolling').map(({ name }) => name)
  close(200, 0)
  expect(having()).toEqual([])
  close(1, 1000)
  expect(having()).toEqual(['1h', '24h', ...units])
  close(150, 0)
  expect(having()).toEqual(['24h', '7d', ...units])
})

function saved(trail: Trail, names: readonly string[], sections: Sections, which: 'all' | 'changed'): void {
  saveNames('inlets', names, sections)
  for (const parts = saveTrail(trail, 'inlets', which, sections); parts.next().done !== true;);
}

test.each([
  ['the same series', ['a', 'b', 'c']],
  ['others, one of them gone', ['d', 'c', 'a']],
])('a snapshot and one that adds to it are restored: %s', (_name, names) => {
  const trail = create(3)
  runWhole(openTrail(trail, FIRST))
  const past: Past = [[], [], []]
  play(trail, past, 3000, 8)
  const sections: Sections = new Map()
  saved(trail, NAMES.slice(0, 3), sections, 'all')
  const count = sections.size
  play(trail, past, 200, 9)
  const later: Sections = new Map()
  saved(trail, NAMES.slice(0, 3), later, 'changed')
  expect(later.size).toBeLessThan(count / 3)
  const after = create(names.length)
  const all = new Map([...sections, ...later])
  restoreTrail(after, 'inlets', restoreNames('inlets', names, all), FIRST + 3200, all)
  const pastOf = names.map((name) => past[NAMES.indexOf(name)] ?? past[0]?.map((bin) => bin.map(() => 0)) ?? [])
  expect(wrongSums(after, pastOf)).toEqual([])
  play(after, pastOf, 400, 10)
  expect(wrongSums(after, pastOf)).toEqual([])
})

test('a row is known as written from the first close of its series on, but for those that a silence left out', () => {
  const trail = create(2)
  runWhole(openTrail(trail, FIRST))
  const rows: string[] = []
  const emit = (s: number, w: number, e: number) => {
    rows.push(`${s} ${WINDOWS[w]?.name} ${e - FIRST} r${noteRowWritten(trail.rows, s, w, e)}`)
  }
  const close = (due: 'all' | 'calendar', series: readonly number[]) => {
    runWhole(appendTrail(trail, new Float64Array(2 * COLUMNS)))
    beginEnd(trail, due)
    for (const s of series) emitNewEnds(trail, s, windowsEndingAt(trail, trail.minutes.newest, due), emit)
  }
  for (let n = 0; n < 10; n++) close('all', [0])
  for (let n = 0; n < 10; n++) close('calendar', [0, 1])
  for (let n = 0; n < 10; n++) close('all', [0, 1])
  expect(rows.filter((row) => row.includes(' 1h '))).toEqual([
    '0 1h 3 r0',
    '0 1h 8 r0',
    '0 1h 23 r0',
    '1 1h 23 r0',
    '0 1h 28 r0',
    '1 1h 28 r0',
  ])
  const hour = WINDOWS.findIndex(({ name }) => name === '1h')
  const written = (s: number) => [3, 8, 13, 18, 23, 28].map((n) => isRowWritten(trail.rows, s, hour, FIRST + n))
  expect([written(0), written(1)]).toEqual([
    [true, true, false, false, true, true],
    [false, false, false, false, true, true],
  ])
  const correct = (s: number, n: number) => noteRowCorrected(trail.rows, s, hour, FIRST + n, 'provisional')
  expect([correct(0, 8), correct(0, 8), correct(0, 13), correct(1, 3), correct(1, 23)]).toEqual([1, 2, 0, 0, 1])
  expect(noteRowWritten(trail.rows, 0, hour, FIRST + 8)).toBe(2)
})
