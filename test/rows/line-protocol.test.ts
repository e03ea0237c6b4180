/** Rows as lines for InfluxDB; what they look like to a real one is in test/send/influx. */
import { expect, test } from 'vitest'
import { createSeriesBook } from '../../src/rows/frames/series.ts'
import { createLineWriter } from '../../src/rows/line-protocol.ts'
import type { Row } from '../../src/rows/rows.ts'
import { batchOf, linesIn } from '../../src/send/influx/batch.ts'
import { lineOf, lineOrFault, linesOf, linesOfBody, newRows } from './new-rows.ts'

const NOON_MS = Date.UTC(2026, 10, 23, 12)
const ENERGY: Row = {
  measurement: 'energy',
  tags: { site: 'dc5', point: 'ups-1', role: 'it' },
  fields: { energy_j: 4_800_000, coverage: 1, mean_w: 80_000.25, estimated_share: 0, revision: 2, state: 'settled' },
  timeMs: NOON_MS,
}
const PUE: Row = {
  measurement: 'pue',
  tags: { site: 'dc5', boundary: 'hall 1, north=1', window: '5m', category: '1' },
  fields: { pue: 1.2345678901234567, it_j: 1e21, name: 'said "iPUE" \\ so', suspect: false },
  timeMs: 0,
}

test('a line has tags in the order of the table, floats, whole numbers, texts, and the time in ms', () => {
  expect(lineOf(ENERGY)).toBe(
    'energy,site=dc5,point=ups-1,role=it ' +
      'energy_j=4800000,coverage=1,mean_w=80000.25,estimated_share=0,revision=2i,state="settled" 1795435200000',
  )
})

test('signs that mean something to InfluxDB are escaped, and -0 is 0', () => {
  expect(lineOf({ ...PUE, fields: { ...PUE.fields, coverage: -0 } })).toBe(
    String.raw`pue,site=dc5,boundary=hall\ 1\,\ north\=1,window=5m,category=1 ` +
      String.raw`pue=1.2345678901234567,it_j=1e+21,coverage=0,name="said \"iPUE\" \\ so",suspect=F 0`,
  )
})

const tags = (change: Record<string, string>): Row => ({ ...ENERGY, tags: { ...ENERGY.tags, ...change } })
const fields = (change: Row['fields']): Row => ({ ...ENERGY, fields: { ...ENERGY.fields, ...change } })

test.each<[string, Row, RegExp]>([
  ['Infinity', fields({ mean_w: -Infinity }), /mean_w is -Infinity, no float/],
  ['a broken whole number', fields({ revision: 1.5 }), /revision is 1.5, no int/],
  ['a whole number beyond 2^53', fields({ revision: 2 ** 53 }), /revision is 9007199254740992, no int/],
  ['a line break in a text', fields({ state: 'a\nb' }), /state has control characters/],
  ['an endless text', fields({ state: 'x'.repeat(20_000) }), /state is longer than 16000 characters/],
  ['no fields', { ...ENERGY, fields: {} }, /no fields/],
  ['nothing but what is not known', { ...ENERGY, fields: { mean_w: NaN } }, /no fields/],
  ['an empty tag', tags({ point: '' }), /tag point is empty/],
  ['a missing tag', { ...ENERGY, tags: { site: 'dc5', point: 'ups-1' } }, /tag role is empty/],
  ['a line break in a tag', tags({ point: 'a\nenergy,site=x v=1' }), /tag point has a line break/],
  ['a backslash at the end of a tag', tags({ point: 'a\\' }), /tag point has a backslash/],
  ['a broken time', { ...ENERGY, timeMs: NOON_MS + 0.5 }, /is no time/],
  ['NaN as time', { ...ENERGY, timeMs: Number.NaN }, /is no time/],
  ['a time in ns', { ...ENERGY, timeMs: NOON_MS * 1e6 }, /is no time/],
])('%s is a fault of the row', (_, row, reason) => {
  expect(lineOrFault(row)).toEqual({ fault: expect.stringMatching(reason) })
})

test('a row with a fault leaves nothing between the lines of the others', () => {
  const of = (point: string, mean_w: number): Row => ({
    ...ENERGY,
    tags: { ...ENERGY.tags, point },
    fields: { ...ENERGY.fields, mean_w },
  })
  const [first, last] = [of('ups-1', 1), of('ups-3', 3)]
  const book = createSeriesBook()
  const queued = newRows(book, [first, of('ups-2', Infinity), last]).blocks.map((block) => {
    return { id: 7, block, fromRow: 0, toRow: 3, cleared: undefined }
  })
  const { rows, faults } = batchOf(createLineWriter(book), queued, 10)
  expect(linesOfBody(linesIn(rows))).toEqual(linesOf([first, last]))
  expect([...faults]).toEqual([['field mean_w is Infinity, no float', [{ id: 7, row: 1 }]]])
})
