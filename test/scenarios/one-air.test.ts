/** Temperature and humidity of one stamp are one state of air: an alarm never speaks of air that never was. */
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../simulators/random.ts'
import { advance } from '../../src/core/core.ts'
import { createStage, scenario, siteOf, tell, type Stage } from './scenario.ts'

/** No delays: one judgement of air that never was would raise. Dew point of at most 17 °C. */
const SITE = `
site: { id: dc, timezone: UTC, edition: 2021 }
core: { latenessS: 900, boundS: 40 }
points:
  '{t,other-t,main}': { topic: '{t,other-t,main}', unit: °C, everyS: 30 }
  rh: { topic: rh, unit: '%', everyS: 30 }
inlets:
  in: { dryBulb: t, humidity: rh, class: A1 }
  near: { dryBulb: other-t, humidityFrom: in, class: A1 }
alarms:
  moisture: { onDelayS: 0, offDelayS: 0, deadbandK: 0, deadbandPct: 0 }
  rate_of_change: { enabled: false }
  inlet_recommended: { enabled: false }
  stale: { enabled: false }
`

// 25 °C and 59 % are a dew point of 16.4 °C, 22 °C and 71 % are one of 16.5 °C; 25 °C and 71 % would be 19.4 °C.
/** Without a neighbour. */
const ALONE = SITE.replace(/ {2}near: .*\n/, '')

describe('air of one stamp', () => {
  test.each([
    ['temperature first', '0:00:30  t 22 other-t 22\n 0:00:30  rh 71'],
    ['humidity first', '0:00:30  rh 71\n 0:00:30  t 22 other-t 22'],
    ['humidity in a packet of its own, 4 s later', '0:00:30  t 22 other-t 22\n 0:00:30  rh 71  @0:00:34.5'],
  ])('that never was too moist raises nothing: %s', (_, step) =>
    scenario(
      SITE,
      `
      0:00     t 25 rh 59 other-t 25
      ${step}
      0:01     t 22 rh 71 other-t 22   => no alarm`,
    ),
  )

  test('is judged as soon as its last reading is there', () =>
    scenario(
      SITE,
      `
      0:00     t 25 rh 59 other-t 25
      0:00:30  rh 71
      0:00:30  t 25  @0:00:32         => alarm moisture of in raised 0:00:30 19.4
      0:00:30  other-t 25  @0:00:33   => alarm moisture of near raised 0:00:30 19.4`,
    ))

  test('is judged without the reading that does not come, at the first tick 5 s after the first of them', () =>
    scenario(
      SITE,
      `
      0:00     t 25 rh 59 other-t 25
      0:00:30  rh 71  @0:00:30.200
      @0:00:35.900                    => no alarm
      @0:00:36                        => alarm moisture of in raised 0:00:30 19.4
                                      => alarm moisture of near raised 0:00:30 19.4
      0:00:30  t 22 other-t 22  @0:00:38   => alarm moisture of in cleared 16.5
                                           => alarm moisture of near cleared 16.5`,
    ))

  test('where stamps never agree: a new temperature is judged with the humidity that follows it', () =>
    scenario(
      ALONE,
      `
      0:00         t 25
      0:00:00.050  rh 59
      0:00:30      t 22
      0:00:30.050  rh 71
      0:01         t 25
      0:01:00.050  rh 59
      @0:01:20     => no alarm
      0:01:30      t 25
      0:01:30.050  rh 71
      @0:01:36     => alarm moisture of in raised 0:01:30.050 19.4`,
    ))

  test('a humidity half a minute away is judged with the temperature that holds', () =>
    scenario(
      ALONE,
      `
      0:00     t 25
      0:00:15  rh 59
      0:00:30  t 25
      0:00:45  rh 71
      @0:00:51   => alarm moisture of in raised 0:00:45 19.4`,
    ))

  test('one that is late and too moist is told once', () =>
    scenario(
      ALONE,
      `
      0:00     t 25 rh 59
      0:05     t 25 rh 59
      0:01     t 25  @0:05:10
      0:01     rh 71 @0:05:10
      0:03:45  t 25  @0:05:18
      0:04     rh 71 @0:05:20   => no alarm
      @0:06                     => alarm moisture of in late 0:01 19.4`,
    ))
})

test('the first reading of a stamp keeps its place: stamps are judged in order, though a later one is complete', () =>
  scenario(
    ALONE,
    `
    0:00     t 25 rh 59
    0:00:02  rh 71                  @0:00:02
    0:00:03  t 25 rh 59             @0:00:03      => no alarm
    @0:00:07  => alarm moisture of in raised 0:00:02 19.4
              => alarm moisture of in cleared 0:00:03 16.4`,
  ))

/** Words of the moisture alarms of an hour whose readings come by stamps, those of a stamp in some order. */
function alarmsOf(seed: number, order: (stage: Stage, tMs: number, readings: [string, string][]) => void): string[] {
  const random = createRandom(seed)
  const stage = createStage(siteOf(SITE))
  for (let s = 0; s < 3600; s += 30) {
    const warm = random.chance(0.5)
    const moist = random.chance(0.2)
    const [t, rh] = warm ? ['25.0', moist ? '71' : '59'] : ['22.0', moist ? '85' : '71']
    order(stage, stage.baseMs + s * 1000, [
      ['t', t],
      ['rh', rh],
      ['other-t', t],
    ])
  }
  advance(stage.pipeline.core, stage.baseMs + 3_610_000)
  return stage.rows
    .filter(({ measurement }) => measurement === 'alarm')
    .map(({ tags, fields, timeMs }) => `${tags['source']} ${timeMs} ${fields['state']} ${fields['value']}`)
    .toSorted()
}

test.each([1, 2, 3, 4])('seed %i: whatever the order within 5 s, the alarms are those of whole packets', (seed) => {
  const random = createRandom(seed + 50)
  const whole = alarmsOf(seed, (stage, tMs, readings) => {
    for (const [point, text] of readings) tell(stage, point, text, tMs, tMs)
  })
  const apart = alarmsOf(seed, (stage, tMs, readings) => {
    const mixed = readings.map((reading) => ({ reading, nowMs: tMs + random.int(0, 4000) }))
    for (const {
      reading: [point, text],
      nowMs,
    } of mixed.toSorted((a, b) => a.nowMs - b.nowMs)) {
      advance(stage.pipeline.core, nowMs)
      tell(stage, point, text, tMs, nowMs)
    }
  })
  expect(whole.length).toBeGreaterThan(20)
  expect(apart).toEqual(whole)
})

test('as many stamps as there is room for wait; then the oldest is judged without the rest', () => {
  const stage = createStage(
    siteOf(SITE.replace('latenessS: 900', 'latenessS: 7200').replaceAll('everyS: 30', 'everyS: 1')),
  )
  const inPacket = (point: string, text: string) => {
    for (let s = 0; s < 1500; s++) tell(stage, point, text, stage.baseMs + s * 1000, stage.baseMs + 1_500_000)
  }
  for (const [point, text] of [
    ['t', '25'],
    ['other-t', '25'],
    ['rh', '71'],
  ] as const)
    inPacket(point, text)
  const { waiting } = stage.pipeline.core.alarms
  expect(waiting.count).toBeLessThanOrEqual(waiting.inlet.length)
  expect(stage.rows.filter(({ tags }) => tags['alarm'] === 'moisture').length).toBeGreaterThan(0)
})
