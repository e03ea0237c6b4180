// Words for doubts: about meters (quality rows) and about single readings (reading rows).

/**
 * What is doubtful about a meter or boundary. In alphabetical order, as rows list them.
 * Flags are judged while readings are folded, at rising event times only. Readings that arrive in another order may
 * give other flags, though never other energies. Snapshots save a flag by its place: append only.
 *
 * - `drift`: a register and its meter's power disagree over an hour
 * - `it_above_facility`: a boundary's IT took more than its facility in an hour
 * - `rate`: a register rose faster than its meter's rating
 * - `reset`: a register fell: it began anew, or shows a wrong count for a while
 * - `spike`: one count of a register, or one power, leaves its neighbours
 * - `swap`: the meter was replaced
 * - `tree`: the meters fed from a meter count more than itself
 * - `unit_slip`: the level jumped by about a thousand
 */
export const QUALITY_FLAGS = [
  'drift',
  'it_above_facility',
  'rate',
  'reset',
  'spike',
  'swap',
  'tree',
  'unit_slip',
] as const

export type QualityFlag = (typeof QUALITY_FLAGS)[number]

/** What the newest note on a meter says: a flag, or that a unit slip ended with the new level or with the old one. */
export const QUALITY_NOTES = [...QUALITY_FLAGS, 'slip_accepted', 'slip_over'] as const

export type QualityNote = (typeof QUALITY_NOTES)[number]

/**
 * What is doubtful about an inlet's dry bulb, by means of whole UTC hours. Judged anew when late readings change one,
 * so that any order of arrival ends with the same flags.
 *
 * - `neighbours`: it is far from the median of the inlets next to it
 * - `swapped`: it is warmer than the air behind the equipment
 */
export type SensorFlag = 'neighbours' | 'swapped'

/** Readings of the point were stamped at their arrival by a host's clock that was wrong then. */
export type ClockFlag = 'clock'

// The place of each word in QUALITY_NOTES: hot code passes these numbers.
export const DRIFT = 0
export const IT_ABOVE_FACILITY = 1
export const RATE = 2
export const RESET = 3
export const LONE_SPIKE = 4
export const SWAP = 5
export const TREE = 6
export const UNIT_SLIP = 7
export const SLIP_ACCEPTED = 8
export const SLIP_OVER = 9

/**
 * What is doubtful about a gauge's reading; bit n of a mask is the n-th word. A flag never removes a reading.
 *
 * - `sentinel`: a number that the device sends in place of a reading
 * - `implausible`: outside of what air or water can be
 * - `clamped`: above the most that counts, up to what a sensor may be off: it counts as the most
 * - `spike`: it leaves its neighbours and comes back
 * - `stuck`: the sensor repeats one value for too long (D32)
 */
export const READING_FLAGS = ['sentinel', 'implausible', 'clamped', 'spike', 'stuck'] as const

export const SENTINEL = 1
export const IMPLAUSIBLE = 2
export const CLAMPED = 4
export const SPIKE = 8
export const STUCK = 16
