import { expect, test } from 'vitest'
import { runWhole } from '../../../src/core/contract/work.ts'
import { createRandom } from '../../../simulators/random.ts'
import { appendBins, correctBins, createTally, openTally, sumWindow } from '../../../src/core/windows/tally.ts'
import { createPeriods, createWindows } from '../../../src/core/windows/window.ts'

// No drift: sums that are kept up to date over decades are those that are added up anew, to the last bit.

const MINUTE_MS = 60_000
const YEAR = 365 * 1440
/** As many sums as a boundary of five meters has. */
const COLUMNS = 10
const MINUTES = 10_000_000
const HORIZON = 60
const FROM = Date.UTC(1980, 0) / MINUTE_MS

/** Up to 17 GJ a minute: 285 MW, the most that a site may be rated for a window of a year. */
const MOST_J = 285e6 * 60

const [WINDOW] = createWindows([{ kind: 'rolling', name: '365d', lengthMs: YEAR * MINUTE_MS }], MINUTE_MS, () => 0)

/** What each minute of the last year brought, beside the tally: nothing is ever added up in it. */
interface Year {
  bins: Float64Array
  minute: number
}

test('after 10^8 updates the sums over 365 d are those computed anew, bit for bit', { timeout: 300_000 }, () => {
  if (WINDOW === undefined) throw new Error('no window')
  const tally = createTally({
    series: 1,
    columns: COLUMNS,
    windows: [WINDOW],
    periods: createPeriods('UTC', MINUTE_MS),
    horizon: HORIZON,
  })
  openTally(tally, FROM)
  const year: Year = { bins: new Float64Array(YEAR * COLUMNS), minute: 0 }
  const random = createRandom(365)
  const bins = new Float64Array(COLUMNS)
  const began = process.cpuUsage()
  let updates = 0
  let floatingKwh = 0
  let compared = 0
  let state = 1
  for (let minute = 0; minute < MINUTES; minute++) {
    const at = (minute % YEAR) * COLUMNS
    floatingKwh -= (year.bins[at] ?? 0) / 3.6e6
    for (let column = 0; column < COLUMNS; column++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      year.bins[at + column] = bins[column] = Math.floor(((state >>> 0) / 2 ** 32) * MOST_J)
    }
    floatingKwh += (bins[0] ?? 0) / 3.6e6
    year.minute = minute
    appendBins(tally, bins)
    updates += COLUMNS
    if (minute % 997 === 500) {
      const { deltas, minutes } = createCorrection(random, year)
      const intervals = minutes.map((it) => FROM + it)
      runWhole(correctBins(tally, 0, { intervals, deltas }, 0, () => (updates += 1)))
      floatingKwh += deltas.reduce((sum, delta, n) => (n % COLUMNS === 0 ? sum + delta / 3.6e6 : sum), 0)
    }
    if (minute % 1_000_003 !== 900_000) continue
    sumWindow(tally, 0, WINDOW, FROM + minute + 1)
    expect([...tally.sums].map(BigInt)).toEqual(anew(year))
    compared += 1
  }
  sumWindow(tally, 0, WINDOW, FROM + MINUTES)
  const exact = anew(year)
  expect([...tally.sums].map(BigInt)).toEqual(exact)
  expect(updates).toBeGreaterThan(1e8)
  expect(compared).toBe(10)
  // Columns pass 2^53 every other year and are lowered; kilowatt hours added up as they come are not the same any more.
  expect(tally.totals.rebases).toBeGreaterThan(COLUMNS * 8)
  expect(floatingKwh * 3.6e6).not.toBe(Number(exact[0]))
  console.log(`${updates} updates in ${(process.cpuUsage(began).user / 1e6).toFixed(1)} s of one core`)
})

/** Changes up to three of the last hour's minutes, in the year and as the tally is told: rising minutes, their deltas. */
function createCorrection(
  random: ReturnType<typeof createRandom>,
  year: Year,
): { minutes: number[]; deltas: number[] } {
  const backs = new Set([random.int(0, HORIZON - 2), random.int(0, HORIZON - 2), random.int(0, 5)])
  const minutes = [...backs].map((back) => year.minute - back).sort((a, b) => a - b)
  const deltas = minutes.flatMap((minute) => {
    return Array.from({ length: COLUMNS }, (_, column) => {
      const at = (minute % YEAR) * COLUMNS + column
      const before = year.bins[at] ?? 0
      const after = random.int(0, MOST_J)
      year.bins[at] = after
      return after - before
    })
  })
  return { minutes, deltas }
}

/** Upper and lower halves are added up apart, so that nothing is rounded. */
function anew({ bins }: Year): bigint[] {
  const low = new Float64Array(COLUMNS)
  const high = new Float64Array(COLUMNS)
  for (let at = 0; at < bins.length; at++) {
    const joules = bins[at] ?? 0
    const column = at % COLUMNS
    low[column] = (low[column] ?? 0) + (joules % 2 ** 20)
    high[column] = (high[column] ?? 0) + Math.floor(joules / 2 ** 20)
  }
  return Array.from(low, (sum, column) => BigInt(sum) + BigInt(high[column] ?? 0) * 2n ** 20n)
}
