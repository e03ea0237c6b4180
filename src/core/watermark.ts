/**
 * Up to which event time readings are complete. Stamped readings move the watermark, and none moves it beyond its
 * arrival: a device whose clock is ahead makes the others no later (D115).
 */
export interface Watermark {
  /** Newest accepted event time of any reading; -Infinity before the first. */
  latestMs: number
  /** Newest accepted stamp. Until the first stamped reading it is the newest arrival. */
  newestMs: number
  /** Whether a stamped reading was accepted. */
  isStamped: boolean
  /** How far the watermark trails it. */
  readonly boundMs: number
  /** Silence, by arrival, after which the clock may close intervals. */
  readonly idleMs: number
  /** Arrival of the newest packet. */
  heardMs: number
  /**
   * Arrival of the newest reading that moves the watermark and is not itself from before a silence, or when listening
   * began.
   */
  freshMs: number
  /** The highest close mark since the clock was set last. */
  closedMs: number
}

export function createWatermark(boundMs: number, idleMs: number): Watermark {
  return {
    latestMs: -Infinity,
    newestMs: -Infinity,
    isStamped: false,
    boundMs,
    idleMs,
    heardMs: -Infinity,
    freshMs: -Infinity,
    closedMs: -Infinity,
  }
}

/** Whether a reading moves the watermark: a stamped one, or any until there was one. */
export function movesMark(mark: Watermark, stampMs: number): boolean {
  return !mark.isStamped || !Number.isNaN(stampMs)
}

/** Notes an accepted reading of event time `tMs`. `stampMs` is NaN where that is its arrival. */
export function noteAccepted(mark: Watermark, stampMs: number, tMs: number, nowMs: number): void {
  if (tMs > mark.latestMs) mark.latestMs = tMs
  if (!movesMark(mark, stampMs)) return
  if (!Number.isNaN(stampMs)) mark.isStamped = true
  if (tMs > nowMs - mark.boundMs - mark.idleMs) mark.freshMs = nowMs
  const reachedMs = Math.min(tMs, nowMs)
  if (reachedMs > mark.newestMs) mark.newestMs = reachedMs
  if (reachedMs - mark.boundMs > mark.closedMs) mark.closedMs = reachedMs - mark.boundMs
}

/** Readings may come from here on, such as those that a broker kept: the clock waits for them as long as for any. */
export function beginListening(mark: Watermark, nowMs: number): void {
  mark.freshMs = Math.max(mark.freshMs, nowMs)
}

/** Arrival time was set on or back by so much, to `nowMs`. A clock that was ahead has closed nothing for good. */
export function shiftArrivals(mark: Watermark, byMs: number, nowMs: number): void {
  mark.heardMs += byMs
  mark.freshMs += byMs
  mark.newestMs = Math.min(mark.newestMs, nowMs)
  mark.closedMs = Math.min(mark.closedMs, nowMs - mark.boundMs)
}

/** The watermark as it would be with a reading of this event time. */
export function watermarkWith(mark: Watermark, tMs: number, nowMs: number): number {
  return Math.max(mark.newestMs, Math.min(tMs, nowMs)) - mark.boundMs
}

/**
 * The close mark at a time of arrival: up to it intervals may close. It is the watermark, or the clock once no fresh
 * stamped reading has come for `idleMs`.
 */
export function closeMarkMs(mark: Watermark, nowMs: number): number {
  const silent = nowMs - mark.freshMs > mark.idleMs
  return Math.max(mark.closedMs, silent ? nowMs - mark.boundMs : -Infinity)
}
