/**
 * The state of one row (of an interval, or of a window at one of its ends) as a number, with which columns are filled:
 *
 * ```
 *           first      changed         changed
 *           write      while open      while open
 * NOT_WRITTEN ──────▶ 0 ──────▶ 2 ──────▶ 4 …          2 × revision
 *     −1              │         │         │  changed once it was settled
 *                     ▼         ▼         ▼
 *                     3 ──────▶ 5 ──────▶ 7 …          2 × revision + 1: restated for good
 * ```
 *
 * To write a row once more, as settled and with the same numbers, changes nothing here: `settled` follows from how far the
 * site is settled.
 */
export const NOT_WRITTEN = -1

/** The state of a row whose numbers changed after it was written; `phase` is that of its interval or end. */
export function correctedState(state: number, phase: 'provisional' | 'settled'): number {
  return (state + 2) | (phase === 'settled' ? 1 : 0)
}

/** The state of a row of which its last revision is known. */
export function rowStateOf(revision: number, phase: 'provisional' | 'settled'): number {
  return 2 * revision + (phase === 'settled' ? 1 : 0)
}

export function revisionIn(state: number): number {
  return state >> 1
}

/** Whether a row that was written is restated. */
export function isRestatedIn(state: number): boolean {
  return state >= 0 && (state & 1) === 1
}
