/** What a moisture alarm's limit measures was not saved in release 0.1.0: its number tells, as the envelopes were then. */
import { expect, test } from 'vitest'
import { ALARM_KINDS, LIMIT_QUANTITIES, type AlarmKind } from '../../../src/core/contract/alarm-kinds.ts'
import { numbersOf } from '../../../src/core/snapshot/form.ts'

const NUMBERS = 20
const MARK = 1

function savedThen(kind: AlarmKind, limit: number): number[] {
  const alarm = Array.from({ length: NUMBERS }, () => 0)
  alarm[0] = ALARM_KINDS.indexOf(kind)
  alarm[15] = limit
  return alarm
}

test.each([
  ['moisture', 17, 'dew_point'],
  ['moisture', 24, 'dew_point'],
  ['moisture', -12, 'dew_point'],
  ['moisture', NaN, 'dew_point'],
  ['moisture', 8, 'relative_humidity'],
  ['moisture', 20, 'relative_humidity'],
  ['moisture', 50, 'relative_humidity'],
  ['inlet_recommended', 27, 'only'],
] as const)('an alarm %s with the limit %d is one of %s', (kind, limit, quantity) => {
  const first = savedThen('rate_of_change', 5)
  const numbers = numbersOf(Float64Array.of(MARK, ...first, ...savedThen(kind, limit)), 'alarms')
  expect([...numbers]).toEqual([...first, 0, ...savedThen(kind, limit), LIMIT_QUANTITIES.indexOf(quantity)])
})
