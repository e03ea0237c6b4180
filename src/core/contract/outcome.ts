/**
 * How a reading can end. Every reading ends in exactly one outcome, so the counts add up to what came in. Snapshots
 * save counts by place: append only.
 *
 * - `accepted`: the core counts with it
 * - `duplicate`: same point, event time and value as an earlier one; nothing changes
 * - `conflict`: same point and event time, other value; the one journalled first stays
 * - `retained`: the broker's retained copy without a time of its own: not news
 * - `future`: event time above arrival time + skew
 * - `too_late`: in known time and `latenessS` behind its point's newest reading, or behind all that is corrected
 * - `negative`: negative power or energy on a consumption meter
 * - `out_of_range`: outside the point's declared `min` or `max`, or too large to mean anything (above 1 GW)
 * - `non_finite`: NaN or infinite as sent, or once converted to base units
 * - `no_value`: the payload is sound, but absent, null, empty, of no good quality, or declared as `invalid` where the
 *   point looks
 * - `bad_payload`: not UTF-8, not JSON, nested too deep, or not a number where the point looks
 * - `bad_time`: the time is unusable, or missing where the point demands one
 * - `oversize`: payload above 64 KiB, or an array of more than 1,000 readings
 * - `unknown_topic`: no configured point reads this topic
 * - `bad_line`: a line of a recording that is no packet
 * - `command`: a command to the daemon instead of a reading (an unreadable one is a `bad_payload`)
 * - `ignored`: a topic or message that the configuration says to ignore
 * - `unselected`: a message or record that no point of its topic selects
 * - `before_birth`: data of a Sparkplug node whose meaning only a birth can tell that was not heard, or may be outdated
 * - `orphan`: a topic that a template is about, of none of its members
 */
export const OUTCOMES = [
  'accepted',
  'duplicate',
  'conflict',
  'retained',
  'future',
  'too_late',
  'negative',
  'out_of_range',
  'non_finite',
  'no_value',
  'bad_payload',
  'bad_time',
  'oversize',
  'unknown_topic',
  'bad_line',
  'command',
  'ignored',
  'unselected',
  'before_birth',
  'orphan',
] as const

export type Outcome = (typeof OUTCOMES)[number]

// The place of each word in OUTCOMES: hot code passes these numbers and counts by them.
export const ACCEPTED = 0
export const DUPLICATE = 1
export const CONFLICT = 2
export const RETAINED = 3
export const FUTURE = 4
export const TOO_LATE = 5
export const NEGATIVE = 6
export const OUT_OF_RANGE = 7
export const NON_FINITE = 8
export const NO_VALUE = 9
export const BAD_PAYLOAD = 10
export const BAD_TIME = 11
export const OVERSIZE = 12
export const UNKNOWN_TOPIC = 13
export const BAD_LINE = 14
export const COMMAND = 15
export const IGNORED = 16
export const UNSELECTED = 17
export const BEFORE_BIRTH = 18
export const ORPHAN = 19

/** One count per outcome, in the order of OUTCOMES; floats, because a year's count passes 2^32. */
export function createCounts(): Float64Array {
  return new Float64Array(OUTCOMES.length)
}
