import { expect, test } from 'vitest'
import { finish } from '../../src/core/core.ts'
import { createStage, scenario, siteOf, tell } from './scenario.ts'

// Three inlets in two racks and two halls; 30 % humidity is no concern anywhere.
const SITE = `
site: { id: dc, timezone: UTC, corrosion: low }
core: { intervalS: 60, latenessS: 900, boundS: 30, idleS: 600, windows: [1m, 1h] }
points:
  rh: { topic: rh, unit: '%', everyS: 60, maxGapS: 3600 }
  '{a,b,c}': { topic: '{a,b,c}', unit: °C, everyS: 30 }
inlets:
  in-a: { dryBulb: a, humidity: rh, hall: north, rack: r1 }
  in-b: { dryBulb: b, humidity: rh, hall: north, rack: r1 }
  in-c: { dryBulb: c, humidity: rh, hall: south, rack: r2 }
`

test('shares of the known time by band; racks, halls and the site pool their inlets and name the worst', () =>
  scenario(
    SITE,
    `
    0:04     rh 30  a 25  b 25  c 29
    0:04:15  b 33
    0:04:30  a 25  b 29
    0:04:45  b 25
    0:05     a 25  b 25  c 29
    0:05:30  a 25  => compliance inlet in-a 1h 0:05 recommended 100.00 allowable  0.00 out  0.00 unknown 98.33 r0
                   => compliance inlet in-b 1h 0:05 recommended  50.00 allowable 25.00 out 25.00 unknown 98.33 r0
                   => compliance inlet in-c 1h 0:05 recommended   0.00 allowable 100.00 out 0.00 unknown 98.33 r0
                   => compliance rack r1    1h 0:05 recommended  75.00 allowable 12.50 out 12.50 unknown 98.33 worst in-b worst_out 25.00
                   => compliance hall north 1m 0:05 recommended  75.00 allowable 12.50 out 12.50 unknown 0.00 worst in-b worst_out 25.00
                   => compliance hall south 1m 0:05 recommended   0.00 allowable 100.00 out 0.00 unknown 0.00 worst in-c
                   => compliance site dc    1m 0:05 recommended  50.00 allowable 41.67 out  8.33 unknown 0.00 worst in-b worst_out 25.00
                   => no compliance rack r2   # one inlet: its own rows say it all`,
  ))

test('rows of an inlet and its rack come every 5 min, those of halls and the site with each interval', () =>
  scenario(
    SITE,
    `
    0:00     rh 30
    0:00 to 0:11 every 30 s  a 25  b 25  c 25
      => compliance inlet in-a 1h 0:05 recommended 100.00 unknown 91.67
      => compliance inlet in-a 1h 0:10 recommended 100.00 unknown 83.33
      => compliance rack r1 1h 0:05 unknown 91.67
      => compliance rack r1 1h 0:10 unknown 83.33
      => no compliance rack r2
      => compliance hall north 1h 0:01 provisional
      => compliance hall north 1h 0:02 provisional
      => compliance hall north 1h 0:03 provisional
      => compliance hall north 1h 0:04 provisional
      => compliance hall north 1h 0:05 provisional
      => compliance hall north 1h 0:06 provisional
      => compliance hall north 1h 0:07 provisional
      => compliance hall north 1h 0:08 provisional
      => compliance hall north 1h 0:09 provisional
      => compliance hall north 1h 0:10 provisional`,
  ))

test('rows of halls and the site come once more when they settle; of inlets and racks only what had not come yet', () =>
  scenario(
    SITE.replaceAll(/(in-[bc]: .*), humidity: rh/g, '$1'),
    `
    0:03:30  rh 30  a 25
    0:04 to 0:06 every 30 s  a 25
      => compliance inlet in-a 1h 0:05 recommended 100.00 unknown 97.50
      => compliance hall north 1m 0:04 unknown 75.00 provisional
      => compliance hall north 1m 0:05 unknown 50.00 provisional
      => compliance site dc 1m 0:04 unknown 83.33 provisional
      => compliance site dc 1m 0:05 unknown 66.67 provisional
    0:04:50  b 85  c 40  @0:06:10   # 85 is what 1-Wire says when it has just been powered: nothing is known of b
    @0:07   => compliance inlet in-c 1h 0:05 out 100.00 unknown 99.72 r0
            => no compliance inlet in-a
            => no compliance inlet in-b
            => compliance hall south 1m 0:05 out 100.00 unknown 83.33 provisional r0
            => compliance site dc 1m 0:05 unknown 61.11 provisional r1
    end     => compliance inlet in-b 1h 0:05 nothing unknown 100.00 r0
            => no compliance inlet in-a
            => no compliance inlet in-c
            => no compliance rack r1
            => compliance hall south 1m 0:06 unknown 0.00 provisional
            => compliance hall south 1m 0:07 unknown 66.67 provisional
            => compliance hall south 1m 0:05 unknown 83.33 settled r0
            => compliance hall south 1m 0:06 unknown 0.00 settled r0
            => compliance hall south 1m 0:07 unknown 66.67 settled r0
            => compliance site dc 1m 0:06 provisional
            => compliance site dc 1m 0:07 provisional
            => compliance site dc 1m 0:04 unknown 83.33 settled r0
            => compliance site dc 1m 0:05 unknown 61.11 settled r1
            => compliance site dc 1m 0:06 settled
            => compliance site dc 1m 0:07 settled`,
  ))

test('unknown time is its own share: a silent sensor is not compliant', () =>
  scenario(
    SITE,
    `
    0:00     rh 30  a 25  b 25
    0:00:30 to 0:03:30 every 30 s  a 25
      => compliance hall north 1m 0:01 recommended 100.00 unknown  0.00
      => compliance hall north 1m 0:02 recommended 100.00 unknown 25.00   # b holds until 0:01:30
      => compliance hall north 1m 0:03 recommended 100.00 unknown 50.00`,
  ))

test('an inlet of which nothing is known has no shares', () =>
  scenario(
    SITE,
    `
    0:04 to 0:05:30 every 30 s  a 25   => compliance inlet in-a 1h 0:05 nothing unknown 100.00
                                       => compliance site dc 1m 0:05 nothing unknown 100.00`,
  ))

test('a late reading restates the shares of inlet, rack, hall and site', () =>
  scenario(
    SITE,
    `
    0:04     rh 30
    0:04 to 0:10:30 every 30 s  a 25  b 25  c 25   => so far
    0:04:15  b 33  @0:10:40                        => no compliance
    @0:11   => compliance inlet in-b 1h 0:05 recommended 75.00 out 25.00 r1
            => compliance inlet in-b 1h 0:10 recommended 95.83 out 4.17 r1
            => compliance rack r1    1h 0:05 recommended 87.50 out 12.50 worst in-b worst_out 25.00 r1
            => compliance rack r1    1h 0:10 recommended 97.92 out 2.08 r1
            => compliance hall north 1m 0:05 recommended 87.50 out 12.50 worst in-b worst_out 25.00 provisional r1
            => compliance site dc    1m 0:05 recommended 91.67 out  8.33 worst in-b worst_out 25.00 provisional r1
            => no compliance hall south 1m
            => no compliance inlet in-a`,
  ))

test('a day of moving air: the bands add to 100 % in every row, unknown time apart', () => {
  const stage = createStage(siteOf(SITE.replace('[1m, 1h]', '[1h, 24h, day, month]')))
  for (let minute = 0; minute <= 26 * 60; minute++) {
    const tMs = stage.baseMs + minute * 60_000
    if (minute % 60 < 50) tell(stage, 'rh', '30', tMs, tMs)
    for (const [n, point] of ['a', 'b', 'c'].entries()) {
      if (minute % (97 + n) < 80) tell(stage, point, (25 + 9 * Math.sin(minute / (30 + n))).toFixed(2), tMs, tMs)
    }
  }
  finish(stage.pipeline.core)
  const rows = stage.rows.filter(({ measurement }) => measurement === 'compliance')
  expect(rows.length).toBeGreaterThan(10_000)
  const odd = rows.filter(({ fields }) => {
    const [recommended, allowable, out] = ['recommended_pct', 'allowable_pct', 'out_pct'].map((name) =>
      Number(fields[name]),
    )
    if (fields['unknown_pct'] === 100) return recommended !== undefined && !Number.isNaN(recommended)
    const whole = Math.abs((recommended ?? NaN) + (allowable ?? NaN) + (out ?? NaN) - 100) < 1e-9
    const shares = [recommended, allowable, out, fields['unknown_pct']].every(
      (pct) => Number(pct) >= 0 && Number(pct) <= 100,
    )
    return !whole || !shares
  })
  expect(odd).toEqual([])
})
