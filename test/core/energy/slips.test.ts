/** A power meter that tells W for kW, or MW: what that does to the PUE whose sums hold it. */
import { test } from 'vitest'
import { restartedScenario } from '../../scenarios/scenario.ts'

function siteWith(main = ''): string {
  return `
site: { id: dc, timezone: UTC }
core: { intervalS: 60, boundS: 30, idleS: 600, windows: [5m] }
points:
  main: { topic: main, unit: kW, everyS: 60${main} }
  it: { topic: it, unit: kW, everyS: 60 }
boundaries: { dc: { facility: [main], it: [it], suspectAbove: 1.0e+9 } }
`
}

// 120 kW over 50 W, told by both once a minute: so that no other rule doubts it
const BEFORE = '0:00 to 0:06 every 60 s  main 120  it 0.05   => so far'

test('a thousand times too much for three readings: the windows before them were sound, the rest is suspect', () =>
  restartedScenario(
    siteWith(),
    `${BEFORE}
    0:07  main 120000  it 0.05    => pue 5m 0:06 of dc 2400 sound r0
    0:08  main 120000  it 0.05    => pue 5m 0:07 of dc 242160 sound r0   # nobody knows yet
    0:09  main 120000  it 0.05   => pue 5m 0:08 of dc 721680 sound r0   # the third, and what it lets close
    0:10  main 120000  it 0.05   => pue 5m 0:07 of dc 242160 suspect r1
                                 => pue 5m 0:08 of dc 721680 suspect r1
                                 => pue 5m 0:09 suspect r0`,
  ))

test('a thousandth of the load of a rated meter, which no limit refuses', () =>
  restartedScenario(
    siteWith(', maxKw: 200'),
    `${BEFORE}
    0:07  main 0.12  it 0.05    => so far
    0:08  main 0.12  it 0.05    => so far
    0:09  main 0.12  it 0.05    => so far
    0:10  main 0.12  it 0.05    => pue 5m 0:07 of dc 2160.24 suspect r1
                                => pue 5m 0:08 of dc 1680.72 suspect r1
                                => pue 5m 0:09 suspect r0`,
  ))

test.each([
  ['two readings only', '', [120000, 120000, 120, 120]],
  ['four hundred times as much', '', [48000, 48000, 48000, 48000]],
  ['a load that starts from nothing', '', [0, 0, 0, 120]],
  ['what stays below 1 % of the rating', ', maxKw: 20000', [0.12, 0.12, 0.12, 0.12]],
])('%s is no slip', (_what, main, [a, b, c, d]) =>
  restartedScenario(
    siteWith(main),
    `${BEFORE}
    0:07  main ${a}  it 0.05    => so far
    0:08  main ${b}  it 0.05    => so far
    0:09  main ${c}  it 0.05    => pue 5m 0:08 sound r0
    0:10  main ${d}  it 0.05    => pue 5m 0:09 sound r0`,
  ),
)

test('it is over once three readings are back at the old level', () =>
  restartedScenario(
    siteWith(),
    `${BEFORE}
    0:07 to 0:10 every 60 s  main 120000  it 0.05   => so far
    0:11 to 0:17 every 60 s  main 120  it 0.05      => so far
    0:18  main 120  it 0.05     => pue 5m 0:17 of dc 2400 sound r0`,
  ))

test('readings that come in another order tell the same', () =>
  restartedScenario(
    siteWith(),
    `${BEFORE}
    0:08  main 120000  it 0.05             => so far
    0:09  main 120000  it 0.05             => so far
    0:10  main 120000  it 0.05             => so far    # three in a row
    0:07  main 120     it 0.05  @0:10:40   => so far
    0:11  main 120000  it 0.05             => so far
    0:12  main 120     it 0.05             => pue 5m 0:11 suspect r0`,
  ))
