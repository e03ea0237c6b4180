/**
 * How urgent an alarm is. Edition 2021r, class A1 at sea level: recommended 18 to 27 °C and at most 15 °C dew point,
 * allowable 15 to 32 °C. Each scenario is played a second time with a core that is saved and restored before every
 * packet.
 */
import { describe, expect, test } from 'vitest'
import { restartedScenario as scenario, siteOf } from './scenario.ts'
import { rulesText } from '../../src/site/alarm-rules.ts'
import { formatFault, parseConfig } from '../../src/config/config.ts'

function site(alarms = '', rest = ''): string {
  return `
site: { id: dc, timezone: UTC, corrosion: low }
core: { latenessS: 900, boundS: 30, windows: [1h] }
points:
  t: { topic: t, unit: °C, everyS: 30 }
  rh: { topic: rh, unit: "%", everyS: 30 }
inlets: { in: { dryBulb: t, humidity: rh, class: A1, hall: h1 } }
alarms:
  stale: { enabled: false }
  rate_of_change: { enabled: false }
${alarms}${rest}`
}

const ALLOWABLE = site('  inlet_recommended: { enabled: false }\n  moisture: { enabled: false }\n')

describe('how far beyond the limit', () => {
  test('0.1 K beyond allowable is high, 1 K for the on-delay is critical: it is told once more, under the same id', () =>
    scenario(
      ALLOWABLE,
      `
      0:00 to 0:01 every 30 s     t 32.1  => alarm inlet_allowable of in raised 0:01 32.1 limit 32 severity high id inlet_allowable:in:1772409660000
                                          => notice inlet_allowable of in raised 0:01 severity high
      0:01:30 to 0:02 every 30 s  t 33    => no alarm
      0:02:30                     t 33    => alarm inlet_allowable of in reclassified 0:02:30 severity high says Inlet in (dc, hall h1): the alarm for the allowable temperature has the severity "critical" from now on.
                                          => alarm inlet_allowable of in raised 0:02:30.001 33 severity critical id inlet_allowable:in:1772409660000
                                          => notice inlet_allowable of in raised 0:02:30.001 severity critical says Critical: Inlet in (dc, hall h1): 33 °C, 1 K above the allowable upper limit of 32 °C (ASHRAE 2021r, class A1). Since 2026-03-02 00:00:00 UTC, for 2 min 30 s.
      0:03 to 0:10 every 30 s     t 32.1  => no alarm
      0:10:30 to 0:11:30 every 30 s  t 31 => alarm inlet_allowable of in cleared 0:11:30 severity critical
                                          => notice inlet_allowable of in cleared severity critical`,
    ))

  test('10 K at once is critical from the first', () =>
    scenario(
      ALLOWABLE,
      `
      0:00 to 0:01 every 30 s  t 42  => alarm inlet_allowable of in raised 0:01 42 severity critical
                                     => notice inlet_allowable of in raised severity critical`,
    ))

  test('a single reading far beyond changes nothing', () =>
    scenario(
      ALLOWABLE,
      `
      0:00 to 0:01 every 30 s     t 32.5  => notice inlet_allowable of in raised severity high
      0:01:30                     t 34
      0:02 to 0:05 every 30 s     t 32.5  => no notice`,
    ))

  test('too cold counts as too warm does', () =>
    scenario(
      ALLOWABLE,
      `
      0:00 to 0:01 every 30 s  t 14.5  => notice inlet_allowable of in raised side below severity high
      0:01:30 to 0:02:30 every 30 s  t 13.5  => notice inlet_allowable of in raised 0:02:30.001 side below severity critical`,
    ))

  test('who acknowledged 0.3 K is told of 2 K; an acknowledgement brings it to what is so', () =>
    scenario(
      ALLOWABLE,
      `
      0:00 to 0:01 every 30 s  t 32.3        => notice inlet_allowable of in raised severity high
      0:01:10 ack inlet_allowable in by ann  => notice inlet_allowable of in acked severity high by ann
      0:01:30 to 0:02:30 every 30 s  t 34    => notice inlet_allowable of in raised 0:02:30.001 severity critical
      0:03 to 0:05 every 30 s  t 32.3        => no notice
      0:05:10 ack inlet_allowable in by ben  => alarm inlet_allowable of in reclassified 0:05:10 severity critical
                                             => alarm inlet_allowable of in acked 0:05:10.001 severity high by ben
                                             => notice inlet_allowable of in acked severity high by ben
      0:05:30 to 0:07 every 30 s  t 31       => notice inlet_allowable of in cleared severity high`,
    ))

  test('what comes and goes pages through its chatter when it passes the next limit, once', () =>
    scenario(
      ALLOWABLE,
      `
      0:00 to 0:01 every 30 s  t 32.5     => notice inlet_allowable of in raised severity high
      0:01:30 to 0:03 every 30 s  t 30    => notice inlet_allowable of in cleared
      0:03:30 to 0:04:30 every 30 s  t 32.5   => no notice
      0:05 to 0:07 every 30 s  t 30       => no notice
      0:07:30 to 0:08:30 every 30 s  t 32.5   => no notice
      0:09 to 0:11 every 30 s  t 30       => no notice
      0:11:30 to 0:12:30 every 30 s  t 32.5   => notice inlet_allowable of in chattering severity high
      0:13 to 0:15 every 30 s  t 30       => no notice
      0:15:30 to 0:16:30 every 30 s  t 34     => notice inlet_allowable of in raised 0:16:30 severity critical
      0:17 to 0:19 every 30 s  t 30       => no notice
      0:19:30 to 0:20:30 every 30 s  t 34     => no notice`,
    ))

  test('a late breach has the severity of its farthest value', () =>
    scenario(
      ALLOWABLE,
      `
      0:00 to 0:03 every 30 s  t 25
      0:10                     t 25
      0:05 to 0:06 every 30 s  t 34  @0:10:10
      0:06:30                  t 25  @0:10:20
      @0:40
      end                            => alarm inlet_allowable of in late 0:06 34 severity critical
                                     => no notice`,
    ))
})

test('a rule that says a severity and no steps means it, 2 K beyond the limit too', () =>
  scenario(
    site(`  inlet_recommended: { enabled: false }
  moisture: { enabled: false }
  rules: [{ inlet: in, severity: low }]
`),
    `
    0:00 to 0:02 every 30 s  t 38  => notice inlet_allowable of in raised severity low
    0:02:30 to 0:10 every 30 s  t 45  => no notice`,
  ))

describe('nobody acknowledges', () => {
  const ESCALATES = site(`  inlet_allowable: { enabled: false }
  moisture: { enabled: false }
  inlet_recommended:
    routes: [noc]
    escalate: [{ afterMin: 30, severity: critical, routes: [head] }, { afterMin: 10, severity: high, routes: [shift] }]
`)

  test('after ten minutes it is high, after thirty critical, each on one more route; the end is told on all', () =>
    scenario(
      ESCALATES,
      `
      0:00 to 0:10:30 every 30 s  t 28  => notice inlet_recommended of in raised 0:01 severity warning routes noc
      0:11 to 0:30:30 every 30 s  t 28  => alarm inlet_recommended of in reclassified 0:11 severity warning
                                        => alarm inlet_recommended of in raised 0:11:00.001 severity high
                                        => notice inlet_recommended of in raised severity high routes noc,shift
      0:31 to 1:00 every 30 s  t 28     => notice inlet_recommended of in raised 0:31:00.001 severity critical routes noc,shift,head
      1:00:10 ack inlet_recommended in by ann  => notice inlet_recommended of in acked severity warning routes noc,shift,head
      1:00:30 to 1:02 every 30 s  t 25  => notice inlet_recommended of in cleared severity warning routes noc,shift,head`,
    ))

  test('acknowledged within the ten minutes it goes no further', () =>
    scenario(
      ESCALATES,
      `
      0:00 to 0:10:30 every 30 s  t 28         => notice inlet_recommended of in raised severity warning
      0:10:40 ack inlet_recommended in by ann  => notice inlet_recommended of in acked severity warning
      0:11 to 1:00 every 30 s  t 28            => no notice`,
    ))

  test('shelved it goes no further, and begins anew when it is back', () =>
    scenario(
      ESCALATES,
      `
      0:00 to 0:05 every 30 s  t 28            => notice inlet_recommended of in raised severity warning
      0:05:10 shelve inlet_recommended in by ann until 0:30 why mending a fan  => notice inlet_recommended of in shelved
      0:05:30 to 0:39:30 every 30 s  t 28      => notice inlet_recommended of in unshelved
                                               => notice inlet_recommended of in raised severity warning
      0:40 to 0:41 every 30 s  t 28            => notice inlet_recommended of in raised severity high`,
    ))
})

describe('moisture', () => {
  // 25 °C and 55 %: a dew point of 15.3 °C, above the recommended 15 and below the allowable 17
  test('beyond recommended is a warning, however far; beyond allowable high, 1 K or 5 % farther critical', () => {
    const wet = (limit: string) => site(`  moisture: { limit: ${limit} }\n`)
    scenario(
      wet('recommended'),
      `0:00 to 0:01 every 30 s  t 25 rh 55  => notice moisture of in raised severity warning`,
    )
    scenario(
      wet('recommended'),
      `0:00 to 0:01 every 30 s  t 25 rh 64  => notice moisture of in raised severity warning`, // dew point 17.7 °C
    )
    scenario(wet('allowable'), `0:00 to 0:01 every 30 s  t 25 rh 63  => notice moisture of in raised severity high`)
    scenario(
      wet('allowable'),
      `0:00 to 0:01 every 30 s  t 25 rh 66  => notice moisture of in raised severity critical`, // dew point 18.2 °C
    )
    scenario(wet('allowable'), `0:00 to 0:01 every 30 s  t 18 rh 87  => notice moisture of in raised severity critical`)
  })

  test('a step of its own counts K of a dew point and % of a humidity', () =>
    scenario(
      site(`  moisture: { limit: recommended, steps: [{ beyondK: 1, beyondPct: 5, severity: high }] }\n`),
      `0:00 to 0:01 every 30 s  t 25 rh 60  => notice moisture of in raised severity high`, // dew point 16.7 °C
    ))
})

const ROWS = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, windows: [1h] }
points: { "t{1..4}": { topic: "t{1..4}", unit: °C, everyS: 30, gateway: gw } }
inlets:
  in{1,2}: { dryBulb: "t{1,2}", class: A1, hall: north, rack: "r{1,2}" }
  in3: { dryBulb: t3, class: A1, hall: south, rack: r3 }
  in4: { dryBulb: t4, class: A2, hall: south, rack: r4 }
alarms:
  stale: { enabled: false }
  gateway: { enabled: false }
  rate_of_change: { enabled: false }
  inlet_recommended: { enabled: false }
`

describe('rules for some sources', () => {
  const RULED = `${ROWS}
  rules:
    - { kind: inlet_allowable, class: A1, severity: low, steps: [] }
    - { kind: inlet_allowable, hall: north, limit: allowable - 2 K, onDelayS: 120 }
    - { kind: inlet_allowable, rack: r2, limit: 29, severity: critical, routes: [vip], help: { action: call Ben } }
    - { hall: north, severity: warning }
`

  test('the most specific wins, key by key: rack before hall before class before the kind', () =>
    scenario(
      RULED,
      `
      0:00 to 0:03 every 30 s  t1 30.5 t2 29.5 t3 33.5 t4 34.5
         => notice inlet_allowable of in3 raised 0:01 33.5 limit 32 severity low
         => notice inlet_allowable of in1 raised 0:02 30.5 limit 30 severity warning says Warning: Inlet in1 (dc, hall north, rack r1): 30.5 °C, 0.5 K above the site's own upper limit of 30 °C (allowable − 2 K: hall north). Since 2026-03-02 00:00:00 UTC, for 2 min.
         => notice inlet_allowable of in2 raised 0:02 29.5 limit 29 severity critical routes vip says Critical: Inlet in2 (dc, hall north, rack r2): 29.5 °C, 0.5 K above the site's own upper limit of 29 °C (alarms.rules: rack r2). Since 2026-03-02 00:00:00 UTC, for 2 min.`,
    ))

  test('check says which key comes from which rule, and what selects nothing', () => {
    const idle = `${RULED}    - { kind: inlet_allowable, hall: south, rack: r1, severity: low }\n    - { hall: south }\n`
    const shown = /^(inlet_allowable|moisture|stale|rack|hall|route)/
    expect(rulesText(siteOf(idle)).filter((line) => shown.test(line))).toEqual([
      'inlet_allowable, 1 of 4: in1: severity (hall north); onDelayS (hall north); limit (hall north)',
      'inlet_allowable, 1 of 4: in2: severity (rack r2); onDelayS (hall north); limit (rack r2); routes (rack r2); help (rack r2)',
      'inlet_allowable, 1 of 4: in3: severity (class A1); steps (class A1)',
      'moisture, 2 of 4: in1, in2: severity (hall north)',
      'rack r1, hall south: selects nothing',
      'hall south: changes nothing',
      'route vip: no receiver asks for it',
    ])
  })
})

/** What `check` says of a configuration's rules. */
function faultsOf(rules: string): string[] {
  const read = parseConfig(`${ROWS}  rules: [${rules}]`)
  return 'faults' in read
    ? read.faults.map((fault) => formatFault({ ...fault, file: 'f' }).replace(/^f:\d+:\d+ ?/, ''))
    : []
}

test.each([
  ['{ hall: nort, severity: low }', 'alarms.rules[0].hall: there is no hall "nort" here', 'north'],
  ['{ hall: north, limit: 30 }', 'alarms.rules[0].limit: `limit` needs a `kind` beside it', 'inlet_allowable'],
  ['{ kind: stale, limit: 30 }', 'alarms.rules[0].limit: an alarm stale has no `limit`', 'moisture'],
  [
    '{ kind: moisture, limit: 30 }',
    'alarms.rules[0].limit: the limits of moisture are those of the class',
    'allowable',
  ],
  ['{ kind: stale, offDelayS: 3 }', 'alarms.rules[0].offDelayS: an alarm stale has no `offDelayS`', 'drift'],
  ['{ kind: inlet_allowable, steps: [{ severity: critical }] }', 'it does not say how far beyond', ''],
  ['{ kind: inlet_allowable, rack: r3, limit: allowable - 9 K }', 'alarms.rules[0]: of class A1 it raises', 'deadband'],
])('%s is refused', (rules, reason, hint) => {
  const [fault = '', ...others] = faultsOf(rules)
  expect(others).toEqual([])
  expect(fault).toContain(reason)
  expect(fault).toContain(hint)
})
