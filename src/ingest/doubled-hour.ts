/** A local time that was shown twice, with what can tell which of its two instants is meant. */
interface Doubled {
  firstMs: number
  secondMs: number
  /** Newest event time of the same device; -Infinity before the first. */
  newestMs: number
  /** Arrival time, and how far a device's clock may be ahead of it. */
  nowMs: number
  skewMs: number
  /** Expected distance between two readings. */
  everyMs: number
}

/** So close to its arrival a reading was sent as it was taken, and was not stored before. */
const LIVE_MS = 120_000

/**
 * Tells which of the two instants a local time means. In this order:
 *
 *     the second would be in the future ──────────────▶ first
 *     the first would go back behind the newest ──────▶ second     the device is in order, in its second pass
 *     the first follows the newest without a gap ─────▶ first      the device is in order
 *     the second is just now ─────────────────────────▶ second     nothing tells of the first pass, it was silent
 *     neither ────────────────────────────────────────▶ first, in doubt
 *
 * In doubt, too, is a gapless first pass that arrives as the second one would. So is what is older than the newest
 * either way.
 */
export function chooseInstant(doubled: Doubled): { tMs: number; isSure: boolean } {
  const { firstMs, secondMs, newestMs, nowMs, skewMs, everyMs } = doubled
  if (secondMs > nowMs + skewMs) return { tMs: firstMs, isSure: true }
  const isLive = nowMs - secondMs <= Math.max(LIVE_MS, everyMs)
  if (newestMs >= secondMs) return { tMs: secondMs, isSure: newestMs === secondMs }
  // A message that comes twice is the same reading, unless the device reports once an hour or is at its second pass
  if (newestMs === firstMs && !isLive && secondMs - firstMs > 3 * everyMs) return { tMs: firstMs, isSure: true }
  if (newestMs >= firstMs) return { tMs: secondMs, isSure: true }
  const isGapless = firstMs - newestMs <= 3 * everyMs
  if (isGapless) return { tMs: firstMs, isSure: !isLive }
  return isLive ? { tMs: secondMs, isSure: true } : { tMs: firstMs, isSure: false }
}
