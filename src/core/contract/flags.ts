// What is to be doubted of meters and of single readings. Saved and told by place: append only.

/**
 * What is to be doubted of a meter. Each is flagged, never corrected; all are judged as readings are folded, by rising event
 * times only, so unlike energies they may differ where readings arrive in another order. In the order of the alphabet.
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

/** What the newest note on a meter says: a flag, or how a unit slip ended. */
export const QUALITY_NOTES = [...QUALITY_FLAGS, 'slip_accepted', 'slip_over'] as const

export type QualityNote = (typeof QUALITY_NOTES)[number]

export const DRIFT = 0
export const IT_ABOVE_FACILITY = 1
export const RATE = 2
export const RESET = 3
export const REGISTER_SPIKE = 4
export const SWAP = 5
export const TREE = 6
export const UNIT_SLIP = 7
/** How a slip ends: the new level stood for a day, or the old one came back. */
export const SLIP_ACCEPTED = 8
export const SLIP_OVER = 9

/** Bits of a reading's quality, lowest first, as `READING_FLAGS` names them. Flags never remove a reading. */
export const SENTINEL = 1
export const IMPLAUSIBLE = 2
export const CLAMPED = 4
export const SPIKE = 8
export const STUCK = 16
export const READING_FLAGS = ['sentinel', 'implausible', 'clamped', 'spike', 'stuck'] as const
