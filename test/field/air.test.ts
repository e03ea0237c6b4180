/** What inlets of the field were, with the answers that were worked out by hand beside each recording. */
import { describe, expect, test } from 'vitest'
import { rowsOf, type Replayed } from '../../src/testing.ts'
import { alarmsOf, hasField, replayField, timeOf } from './cases.ts'

/** Shares of an inlet over a window that ends at a time of the day, rounded to 2 digits; undefined: the row has none. */
function sharesAt(replayed: Replayed, window: string, time: string) {
  const rows = rowsOf(replayed, 'compliance', { scope: 'inlet', window })
  const fields = rows.findLast(({ timeMs }) => timeOf(timeMs) === time)?.fields ?? {}
  const of = (name: keyof typeof fields) =>
    fields[name] === undefined ? undefined : Number(Number(fields[name]).toFixed(2))
  return {
    recommended: of('recommended_pct'),
    allowable: of('allowable_pct'),
    within: of('within_allowable_pct'),
    out: of('out_pct'),
    moistureUnknown: of('moisture_unknown_pct'),
    coverage: of('coverage'),
    basis: fields.basis,
  }
}

describe.skipIf(!hasField)(`air of the field${hasField ? '' : ' (skipped: ../shared/data is absent)'}`, () => {
  const basis = '2021r A2 0 m low water'

  test('temperature-only: ten hot minutes of a day are 0.69 %, the rest lacks its moisture', async () => {
    const replayed = await replayField('temperature-only')
    expect(sharesAt(replayed, 'day', '00:00')).toEqual({
      recommended: 0,
      allowable: 0,
      within: 0,
      out: 0.69,
      moistureUnknown: 99.31,
      coverage: 1,
      basis,
    })
    const named = rowsOf(replayed, 'compliance', { scope: 'site', window: '5m' }).flatMap(({ timeMs, fields }) =>
      (fields.worst ?? '') === '' ? [] : [[timeOf(timeMs), fields.out_pct === 0]],
    )
    expect(named.length).toBe(14) // each 5 min that has some of the ten hot minutes
    expect(named.some(([, isInside]) => isInside)).toBe(false)
  })

  test('temperature-only, moisture said to be unmeasured: the dry bulb alone is judged', async () => {
    const replayed = await replayField('temperature-only', { inlets: { r1: { moisture: 'unmeasured' } } })
    expect(sharesAt(replayed, 'day', '00:00')).toEqual({
      recommended: 99.31,
      allowable: 0,
      within: 99.31,
      out: 0.69,
      moistureUnknown: 0,
      coverage: 1,
      basis: `${basis}, dry bulb only`,
    })
  })

  test('moisture-alarm-false-raise: a dry bulb that steps is not judged with the humidity of before', async () => {
    const replayed = await replayField('moisture-alarm-false-raise')
    expect(alarmsOf(replayed, 'moisture')).toEqual([])
    expect(rowsOf(replayed, 'climate').length).toBeGreaterThan(50)
  })

  test('moisture-alarm-never-raised-ht: two hours too moist, raised after its delay', async () => {
    const replayed = await replayField('moisture-alarm-never-raised-ht')
    expect(alarmsOf(replayed, 'moisture')).toEqual(['00:01 raised a'])
    expect(sharesAt(replayed, '1h', '01:00')).toMatchObject({ out: 100, coverage: 1 })
  })

  test('rate-of-change-lost-by-order: two readings behind a gap in either order give the same last rows', async () => {
    const name = 'rate-of-change-lost-by-order'
    const lastOf = async (file: string) => {
      const replayed = await replayField(name, {}, file)
      return new Map(rowsOf(replayed, 'climate').map(({ timeMs, fields }) => [timeOf(timeMs), JSON.stringify(fields)]))
    }
    const [calm, swapped] = [await lastOf('in-order.ndjson.gz'), await lastOf('two-readings-swapped.ndjson.gz')]
    expect(swapped).toEqual(calm)
    expect([...calm.values()].some((fields) => fields.includes('"rate_60min_k":4.92'))).toBe(true)
  })

  test('min-coverage-edge-0.54: at least means at least', async () => {
    const replayed = await replayField('min-coverage-edge-0.54')
    const known = rowsOf(replayed, 'pue', { window: '5m' }).flatMap(({ fields }) => fields.pue ?? [])
    expect(known.length).toBeGreaterThan(0)
    expect(rowsOf(replayed, 'pue', { window: '5m' }).at(-1)?.fields.coverage).toBeGreaterThan(0.5)
  })
})
