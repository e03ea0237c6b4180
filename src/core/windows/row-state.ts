/**
 * A row of an interval, or of a window at one of its ends, has its state in one number. It is twice the revision,
 * plus 1 once the row is restated.
 *
 * ```
 *              written      corrected    corrected
 * NOT_WRITTEN ---------> 0 ---------> 2 ---------> 4 ...     provisional, or settled
 *                         \            \            \         corrected after it was settled
 *                          '-> 3 -----> '-> 5 -----> '-> 7 ... restated for good
 * ```
 *
 * Settling writes a row again with the same numbers and changes no state. Whether a row is settled follows from its
 * end.
 */
export const NOT_WRITTEN = -1

/** The state of a row corrected after it was written, when its interval or window was in this phase. */
export function correctedState(state: number, phase: 'provisional' | 'settled'): number {
  return (state + 2) | (phase === 'settled' ? 1 : 0)
}

/** The state of a row whose revision is known. */
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
