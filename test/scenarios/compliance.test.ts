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

test('shares by band; racks, halls and the site pool their inlets and name the worst that was out', () =>
  scenario(
    SITE,
    `
    0:00  rh 30
    0:00 to 0:14:30 every 30 s  a 25  b 25  c 29
    0:15 to 0:29:30 every 30 s  a 25  b 33  c 29
    0:30 to 0:44:30 every 30 s  a 25  b 29  c 29
    0:45 to 1:00 every 30 s  a 25  b 25  c 29   => so far
    1:00:30  a 25  => compliance inlet in-a 1h 1:00 recommended 100.00 allowable  0.00 within 100 out  0.00 coverage 1 provisional r0
                   => compliance inlet in-b 1h 1:00 recommended  50.00 allowable 25.00 within  75 out 25.00 coverage 1 provisional r0
                   => compliance inlet in-c 1h 1:00 recommended   0.00 allowable 100.00 within 100 out 0.00 coverage 1 provisional r0
                   => compliance rack r1    1h 1:00 recommended  75.00 allowable 12.50 out 12.50 coverage 1 worst in-b worst_out 25.00
                   => compliance hall north 1h 1:00 recommended  75.00 allowable 12.50 out 12.50 coverage 1 worst in-b worst_out 25.00
                   => compliance hall south 1h 1:00 recommended   0.00 allowable 100.00 out 0.00 coverage 1 nobody worst_out 0
                   => compliance site dc    1h 1:00 recommended  50.00 allowable 41.67 out  8.33 coverage 1 worst in-b worst_out 25.00
                   => no compliance rack r2   # one inlet: its own rows say it all`,
  ))

test('moisture that is not known has a share of its own; all four add to 100 % of the time with a known dry bulb', () =>
  scenario(
    SITE.replace(/(in-b: .*), humidity: rh/, '$1').replace('hall: south', 'hall: north'),
    `
    0:00  rh 30
    0:00 to 0:00:45 every 15 s  a 29  b 25  c 24
    0:01     a 25  b 25   # c is silent, and holds until 0:02:15
    0:01:30  a 25  b 34.5   # too warm without any moisture
    0:02     a 25  b 25
    0:02:15  a 25
    0:03:30  a 25
    @0:03:31  => compliance hall north 1m 0:01 recommended 33.33 allowable 33.33 out 0 moisture_unknown 33.33 unknown 33.33 coverage 1
              => compliance hall north 1m 0:02 recommended 66.67 allowable 0 within 66.67 out 16.67 moisture_unknown 16.67 coverage 1
              => compliance hall north 1m 0:03 recommended 55.56 out 0 moisture_unknown 44.44 unknown 58.33 dry_unknown 25 coverage 0.75`,
  ))

test('where nobody measures moisture the dry bulb alone is judged, and the basis says so', () => {
  const stage = createStage(siteOf(SITE.replace('c, humidity: rh', 'c, moisture: unmeasured')))
  for (let s = 0; s <= 120; s += 30) {
    for (const point of ['rh', 'a', 'b', 'c']) {
      tell(stage, point, point === 'rh' ? '85' : '25', stage.baseMs + s * 1000, stage.baseMs + s * 1000)
    }
  }
  finish(stage.pipeline.core)
  const of = (scope: string, name: string) =>
    stage.rows.find(({ tags }) => tags['scope'] === scope && tags['name'] === name)?.fields
  expect(of('hall', 'south')).toMatchObject({
    recommended_pct: 100,
    moisture_unknown_pct: 0,
    basis: '2021r A1 0 m low water, dry bulb only',
  })
  expect(of('hall', 'north')).toMatchObject({ out_pct: 100, basis: '2021r A1 0 m low water' })
  expect(of('site', 'dc')?.['basis']).toBe('2021r A1 0 m low water, dry bulb only at 1 of 3 inlets')
})

test('rows of an inlet and its rack come every 5 min, those of halls and the site with each interval', () =>
  scenario(
    SITE,
    `
    0:00     rh 30
    0:00 to 0:11 every 30 s  a 25  b 25  c 25
      => compliance inlet in-a 1h 0:05 nothing unknown 91.67 provisional
      => compliance inlet in-a 1h 0:10 nothing unknown 83.33 provisional
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
      => compliance inlet in-a 1h 0:05 nothing unknown 97.50 provisional
      => compliance hall north 1m 0:04 unknown 75.00 provisional
      => compliance hall north 1m 0:05 unknown 50.00 provisional
      => compliance site dc 1m 0:04 unknown 83.33 provisional
      => compliance site dc 1m 0:05 unknown 66.67 provisional
    0:04:50  b 85  c 40  @0:06:10   # 85 is what 1-Wire says when it has just been powered: nothing is known of b
    @0:07   => compliance inlet in-c 1h 0:05 nothing unknown 99.72 provisional r0
            => no compliance inlet in-a
            => no compliance inlet in-b
            => compliance hall south 1m 0:05 nothing unknown 83.33 coverage 0.1667 provisional r0
            => compliance site dc 1m 0:05 unknown 61.11 provisional r1
    end     => compliance inlet in-b 1h 0:05 nothing unknown 100.00 settled r0
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
    0:00     rh 30
    0:00 to 1:00:30 every 30 s  a 25  b 25  c 25   => so far
    0:59:15  b 33  @1:00:40                        => no compliance
    @1:01   => compliance inlet in-b 1h 1:00 recommended 99.58 out 0.42 provisional r1
            => compliance rack r1    1h 1:00 recommended 99.79 out 0.21 worst in-b worst_out 0.42 provisional r1
            => compliance hall north 1m 1:00 recommended 87.50 out 12.50 worst in-b worst_out 25.00 provisional r1
            => compliance site dc    1m 1:00 recommended 91.67 out  8.33 worst in-b worst_out 25.00 provisional r1
            => no compliance hall south 1m
            => no compliance inlet in-a`,
  ))

const SHARES = ['recommended_pct', 'allowable_pct', 'out_pct', 'moisture_unknown_pct']

test('a day of moving air: the shares add to 100 % in every row that has them, unknown time apart', () => {
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
    const [recommended = NaN, allowable = NaN, out = NaN, moisture = NaN] = SHARES.map((name) => Number(fields[name]))
    const [coverage, unknown, dryUnknown] = ['coverage', 'unknown_pct', 'dry_bulb_unknown_pct'].map((name) =>
      Number(fields[name]),
    )
    const times = [100 * coverage!, unknown!, dryUnknown!].every((pct) => pct >= 0 && pct <= 100)
    if (!times || Math.abs(100 * coverage! + dryUnknown! - 100) > 1e-9 || fields['state'] === undefined) return true
    if (coverage! < 0.5) return SHARES.some((name) => name in fields)
    const whole = Math.abs(recommended + allowable + out + moisture - 100) < 1e-9
    const within = Math.abs(recommended + allowable - Number(fields['within_allowable_pct'])) < 1e-9
    return !whole || !within || [recommended, allowable, out, moisture].some((pct) => pct < 0 || pct > 100)
  })
  expect(odd).toEqual([])
})
