import type { AlarmState, JudgedSample } from './alarm-state.ts'

/** Notes what a breached sample says: the limit that it breaks, and the farthest value of the breach so far. */
export function noteBreach(state: AlarmState, { tMs, value, limit, quantity, side, spanMs }: JudgedSample): void {
  // Of another limit the peak is another number; from too warm to too cold is another breach, too
  const isOther = quantity !== state.quantity || side !== state.side || !Object.is(spanMs, state.spanMs)
  // While a change is told, that it turns is no other: what was raised and what is cleared begin at one time
  const isTold = state.kind === 'rate_of_change' && (state.phase === 'active' || state.phase === 'falling')
  if (side !== state.side && !isTold) state.breachMs = tMs
  state.limit = limit
  state.quantity = quantity
  state.side = side
  state.spanMs = spanMs
  if (side === 'none') state.peak = NaN
  else if (isOther || !(distance(state, state.peak) >= distance(state, value))) state.peak = value
}

/**
 * Notes by which limit a sample was found inside: a reload may have moved it, and changes have two. The limit of a
 * register is the count from which it did not go on.
 */
export function noteLimit(state: AlarmState, { limit, spanMs }: JudgedSample): void {
  if (!Number.isNaN(limit) && state.kind !== 'register') state.limit = limit
  if (!Number.isNaN(spanMs)) state.spanMs = spanMs
}

/** A breach begins with the newest sample. */
export function startBreach(state: AlarmState): void {
  state.breachMs = state.newestMs
  state.peak = state.side === 'none' ? NaN : state.value
}

/**
 * How far a value lies beyond the limit that was broken last, negative inside. A change has the same limit whichever
 * way it goes; what has no sides is judged by how far off it is.
 */
export function distance({ kind, side, limit }: AlarmState, value: number): number {
  if (side === 'none') return Math.abs(value - limit)
  return side === 'above' || kind === 'rate_of_change' ? value - limit : limit - value
}
