/** Up to which event time readings are complete. Only accepted readings move it, never a clock (D3). */
export interface Watermark {
  /** Newest accepted event time; -Infinity before the first. */
  newestMs: number
  /** How far the watermark trails it. */
  readonly boundMs: number
  /** Silence, by arrival, after which the clock may close intervals. */
  readonly idleMs: number
  /** Arrival of the newest packet. */
  heardMs: number
}

export function createWatermark(boundMs: number, idleMs: number): Watermark {
  return { newestMs: -Infinity, boundMs, idleMs, heardMs: -Infinity }
}

/** The watermark W: readings older than W − lateness are too late. */
export function watermarkMs(mark: Watermark): number {
  return mark.newestMs - mark.boundMs
}

/** Up to when intervals may close: the watermark, or the clock once a site that was heard has gone silent. */
export function closeMarkMs(mark: Watermark, nowMs: number): number {
  const silent = nowMs - mark.heardMs > mark.idleMs
  return Math.max(mark.newestMs, silent ? nowMs : -Infinity) - mark.boundMs
}
