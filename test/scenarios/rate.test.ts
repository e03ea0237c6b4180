/** How fast inlets warm and cool: spans over any 15 and any 60 minutes. */
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { finish } from '../../src/core/core.ts'
import { createStage, scenario, siteOf, tell } from './scenario.ts'
import { seedsOf } from '../seeds.ts'

function site(inlet = ''): string {
  return `
site: { id: dc, timezone: UTC, corrosion: low }
core: { intervalS: 60, latenessS: 900, boundS: 30, idleS: 600, windows: [1h] }
points:
  main: { topic: main, unit: W, everyS: 30 }
  t: { topic: t, unit: °C, everyS: 60 }
  rh: { topic: rh, unit: '%', everyS: 60, maxGapS: 7200 }
inlets:
  in: { dryBulb: t, humidity: rh, class: A4, hall: h1${inlet} }
alarms: { stale: { enabled: false }, inlet_recommended: { enabled: false }, rate_of_change: { onDelayS: 0 } }
`
}

const START = '0:00  rh 40'

describe('5 K in any 15 minutes', () => {
  test('a span of exactly 5 K at the ends of 15 minutes, both included, is at the limit and complies', () =>
    scenario(
      site(),
      `
      ${START}
      0:00 to 0:12 every 60 s  t 20       => so far
      0:13 to 0:14 every 60 s  t 20
      0:15  t 25
      0:16  t 25        => so far
      0:16:30  main 1   => climate in 0:16 25 C rate15 5.0 no-rate60 sound`,
    ))

  test('a hundredth more breaks it; so does a fall', () => {
    for (const celsius of [25.01, 14.99]) {
      scenario(
        site(),
        `
        ${START}
        0:00 to 0:14 every 60 s  t 20
        0:15  t ${celsius}
        0:16  t ${celsius}   => so far
        0:16:30  main 1      => climate in 0:16 rate15 5.01 ${celsius > 20 ? 'sound' : ''}`.replace(
          'sound',
          'breaks rate_15min',
        ),
      )
    }
  })

  test('what lies 15 minutes and a second back does not count', () =>
    scenario(
      site(),
      `
      ${START}
      0:00        t 20
      0:01 to 0:14 every 60 s  t 23
      0:15:01     t 25.5
      0:16:01     t 25.5   => so far
      0:16:30     main 1   => climate in 0:16 rate15 2.5 sound`,
    ))

  test('it stays broken while the span lies within 15 minutes, and is of no band', () =>
    scenario(
      site(),
      `
      ${START}
      0:00 to 0:19 every 60 s  t 19
      0:20 to 0:34 every 60 s  t 24.5   => so far
      0:34:30  main 1     => climate in 0:34 24.5 C recommended rate15 5.5 breaks rate_15min
      0:35  t 24.5        => no climate
      0:35:30  main 1     => climate in 0:35 24.5 C rate15 5.5 breaks rate_15min   # of the stretch that ends at 0:34
      0:36:30  main 1     => climate in 0:36 24.5 C rate15 0.0 sound`,
    ))
})

describe('20 K in any 60 minutes', () => {
  test('four kelvins every quarter of an hour are within 15 minutes, and too much within the hour', () =>
    scenario(
      site(),
      `
      0:00  rh 15
      0:00 to 0:14 every 60 s  t 18
      0:15 to 0:29 every 60 s  t 23
      0:30 to 0:44 every 60 s  t 28
      0:45 to 0:59 every 60 s  t 33   => so far
      1:00  t 38.1      => so far
      1:00:30  main 1   => climate in 1:00 rate15 5.0 rate60 15.0 breaks recommended_dry_bulb_max
      1:01  t 38.1
      1:01:30  main 1   => climate in 1:01 rate15 5.1 rate60 20.1 breaks recommended_dry_bulb_max,rate_15min,rate_60min`,
    ))
})

describe('tape', () => {
  test('may change by 5 K an hour, however fast', () =>
    scenario(
      site(', equipment: tape'),
      `
      ${START}
      0:00 to 0:49 every 60 s  t 20
      0:50 to 0:57 every 60 s  t 25
      0:58 to 0:59 every 60 s  t 25.1   => so far
      0:59:30  main 1   => climate in 0:59 25.1 C rate15 5.1 rate60 5.1 breaks rate_60min
      1:00  t 20.1      => no climate
      1:00:30  main 1   => climate in 1:00 rate60 5.1 breaks rate_60min`,
    ))
})

describe('what a stretch needs', () => {
  test('80 % of it covered: twelve minutes of fifteen', () =>
    scenario(
      site(),
      `
      ${START}
      0:00 to 0:10 every 60 s  t 20
      0:11 to 0:12 every 60 s  t 21    => so far
      0:12:30  main 1   => climate in 0:12 no-rate15
      0:13  t 21
      0:13:30  main 1   => climate in 0:13 rate15 1.0`,
    ))

  test('a sensor that was silent inside of it holds for three minutes, no longer', () =>
    scenario(
      site(),
      `
      ${START}
      0:00 to 0:05 every 60 s  t 20
      0:11:01 to 0:20:01 every 60 s  t 21
      0:20:45  main 1   => so far
      0:21:30  main 1   => climate in 0:21 no-rate15      # of 15 min 3:01 are not covered
      0:21:01 to 0:22:01 every 60 s  t 21   => so far
      0:23:01  t 21     => so far
      0:23:30  main 1   => climate in 0:23 no-rate15
      0:24:30  main 1   => climate in 0:24 rate15 0.0     # from 0:08:01 on three minutes are missing: 80 % is enough`,
    ))

  test('one sample is no change', () =>
    scenario(
      site().replace('everyS: 60 }', 'everyS: 60, maxGapS: 3600 }'),
      `
      ${START}
      0:00  t 20
      0:01:30  main 1   => climate in 0:01 no-rate15 no-rate60
      0:20  t 30
      0:21:30  main 1   => so far
      0:21:40  t 30     => no climate`,
    ))
})

describe('what does not change the air', () => {
  test('a spike: one sample that leaps and returns', () =>
    scenario(
      site(),
      `
      ${START}
      0:00 to 0:14 every 60 s  t 20
      0:15  t 45
      0:16 to 0:17 every 60 s  t 20   => so far
      0:17:30  main 1                 => climate in 0:17 rate15 0.0 sound
      end                             => so far
                                      => climate in 0:18 rate15 0.0 sound`,
    ))

  test('a sentinel or what no air can be', () =>
    scenario(
      site(),
      `
      ${START}
      0:00 to 0:14 every 60 s  t 20
      0:15  t 85
      0:16 to 0:17 every 60 s  t -127   => so far
      0:18  t 20
      0:19:30  main 1   => climate in 0:17 no-t no-rate15 sound
                        => climate in 0:18 no-t no-rate15
                        => climate in 0:19 rate15 0.0 sound`,
    ))

  test('a leap is no change until it stays: then the interval before is told again', () =>
    scenario(
      site(),
      `
      0:00  rh 30
      0:00 to 0:14 every 60 s  t 20
      0:15:20  t 32
      0:15:40  main 1   => so far
      0:16:30  main 1   => climate in 0:16 32 C no-rate15 breaks recommended_dry_bulb_max
      0:16:40  t 32     => no climate
      @0:17             => climate in 0:16 32 C rate15 12.0 breaks recommended_dry_bulb_max,rate_15min`,
    ))
})

test('a late sample tells again the stretches that hold it, where it moved them', () =>
  scenario(
    site(),
    `
    ${START}
    0:00 to 0:20 every 60 s  t 20
    0:20:30  main 1   => so far
    0:13:30  t 26  @0:20:40
    @0:21   => climate in 0:14 26 C rate15 6.0 breaks rate_15min
            => climate in 0:15 20 C rate15 6.0 breaks rate_15min
            => climate in 0:16 rate15 6.0
            => climate in 0:17 rate15 6.0
            => climate in 0:18 rate15 6.0
            => climate in 0:19 rate15 6.0
            => climate in 0:20 rate15 6.0`,
  ))

test('compliance tells for how much of the known time a rate was too high', () =>
  scenario(
    site(),
    `
    ${START}
    0:00 to 0:29 every 60 s  t 19
    0:30 to 0:59 every 60 s  t 25
    0:59:45  main 1   => so far
    1:00:30  main 1   => compliance inlet in 1h 1:00 recommended 100 rate_15min 25 no-rate_60min
                      => compliance hall h1 1h 1:00 rate_15min 25`,
  ))

describe('spans found in one pass are those that a slow search finds', () => {
  test.each(seedsOf('rates of change'))('seed %i: gaps, bursts, spikes, disorder', (seed) => {
    const random = createRandom(seed)
    const stage = createStage(siteOf(site()))
    const samples: { tMs: number; celsius: number; nowMs: number }[] = []
    let celsius = 22
    for (let tMs = 0; tMs < 4 * 3_600_000; tMs += random.int(1, random.next() < 0.02 ? 900 : 90) * 1000) {
      celsius += random.next() * 2 - 1
      const said = random.next() < 0.02 ? 85 : random.next() < 0.03 ? celsius + 20 : celsius
      const lateMs = random.next() < 0.15 ? random.int(0, 800_000) : 0
      samples.push({ tMs: stage.baseMs + tMs, celsius: Number(said.toFixed(1)), nowMs: stage.baseMs + tMs + lateMs })
    }
    for (const { tMs, celsius: said, nowMs } of samples.toSorted((a, b) => a.nowMs - b.nowMs)) {
      tell(stage, 't', String(said), tMs, nowMs)
    }
    finish(stage.pipeline.core)
    const last = new Map(stage.rows.filter((row) => row.measurement === 'climate').map((row) => [row.timeMs, row]))
    expect(last.size).toBeGreaterThan(200)
    expect(stage.pipeline.counts[0]).toBe(samples.length)
    let known = 0
    for (const [timeMs, { fields }] of last) {
      const slow = [900_000, 3_600_000].map((spanMs) => slowly(samples, timeMs, spanMs))
      const told = [fields['rate_15min_k'], fields['rate_60min_k']].map((it) => (it === undefined ? NaN : Number(it)))
      expect(told, `at ${new Date(timeMs).toISOString()}`).toEqual(slow)
      if (!Number.isNaN(slow[0])) known++
    }
    expect(known).toBeGreaterThan(50)
  })
})

/** The largest span of all stretches of a length that end with a sample of the minute before `endMs`. */
function slowly(samples: readonly { tMs: number; celsius: number }[], endMs: number, spanMs: number): number {
  const sound = (celsius: number | undefined) => celsius !== undefined && celsius >= -20 && celsius <= 80
  const used = samples.filter(({ celsius }, n) => {
    const [before, after] = [samples[n - 1]?.celsius, samples[n + 1]?.celsius]
    if (!sound(celsius)) return false
    if (!sound(before) || before === undefined || Math.abs(celsius - before) <= 10) return true
    if (!sound(after) || after === undefined) return false
    return Math.abs(after - celsius) <= 10 || Math.sign(after - celsius) === Math.sign(celsius - before)
  })
  const MAX_GAP_MS = 180_000
  let largest = NaN
  for (const { tMs } of used.filter((it) => it.tMs >= endMs - 60_000 && it.tMs < endMs)) {
    const inside = used.filter((it) => it.tMs >= tMs - spanMs && it.tMs <= tMs)
    const times = used.filter((it) => it.tMs <= tMs).map((it) => it.tMs)
    const coveredMs = times
      .map((at, n) => {
        const untilMs = Math.min(at + MAX_GAP_MS, times[n + 1] ?? tMs)
        return Math.max(0, untilMs - Math.max(at, tMs - spanMs))
      })
      .reduce((sum, ms) => sum + ms, 0)
    if (inside.length < 2 || coveredMs < 0.8 * spanMs) continue
    const values = inside.map((it) => it.celsius)
    const spanK = Math.max(...values) - Math.min(...values)
    if (!(spanK <= largest)) largest = spanK
  }
  return largest
}

describe('the alarm of too fast a change', () => {
  test('is raised by the sample that completes it, and cleared a minute after the span has left the stretch', () =>
    scenario(
      site(),
      `
      ${START}
      0:00 to 0:19 every 60 s  t 19
      0:20  t 24     => no alarm
      0:21  t 24.1   => alarm rate_of_change raised of in 0:21 5.1 limit 5 severity critical
      0:22 to 0:34 every 60 s  t 24.1   => no alarm
      0:35 to 0:36 every 60 s  t 24.1   => alarm rate_of_change cleared of in 0:36`,
    ))

  test('is not raised by a spike or a sentinel, nor by a leap before it is confirmed', () =>
    scenario(
      site(),
      `
      ${START}
      0:00 to 0:19 every 60 s  t 20
      0:20  t 85
      0:21  t 20
      0:22  t -127
      0:23 to 0:24 every 60 s  t 20
      0:25  t 31.5
      0:26  t 20      => no alarm
      0:27  t 31.5    => no alarm
      0:28  t 31.5    => alarm rate_of_change raised of in 0:28 11.5 limit 5`,
    ))

  test('a sentinel raises and clears no alarm of temperature either', () =>
    scenario(
      site()
        .replace('class: A4', 'class: A1')
        .replace('rate_of_change: { onDelayS: 0 }', 'rate_of_change: { enabled: false }'),
      `
      0:00  rh 15
      0:00 to 0:05 every 60 s  t 20
      0:06 to 0:10 every 60 s  t 85     => no alarm
      0:11 to 0:13 every 60 s  t 33     => alarm inlet_allowable raised of in 0:12 33
      0:14  t -127                      => no alarm
      0:15  t 33                        => no alarm
      0:16 to 0:18 every 60 s  t 20     => alarm inlet_allowable cleared of in 0:17`,
    ))
})
