import type { OwnEntry } from '../ingest/own-entry.ts'

/** The clocks of the host, in whole ms. */
export interface HostClock {
  /** Time of day, UTC, since 1970. It may be set forward and back. */
  wallMs(): number
  /** Time since any moment. It never falls, and nobody sets it. */
  monotonicMs(): number
}

/**
 * Arrival time: monotonic time plus an offset, which is set from the time of day at start. A time of day that then
 * differs is adopted only once the difference has stayed.
 *
 *     agrees ── the time of day differs by more than 2 s [differs] ──> differs
 *     differs ── it agrees again [agrees] ───────────────────────────> agrees    arrival time did not notice
 *             ── it differs by something else ───────────────────────> differs   its 60 s begin anew
 *             ── the same difference has stayed for 60 s [stepped] ──> agrees    the offset has changed
 */
export interface SteadyClock {
  readonly host: HostClock
  /** Arrival time less monotonic time. */
  offsetMs: number
  /** By how much the time of day is ahead of arrival time; 0: it agrees. */
  differenceMs: number
  /** Monotonic time at which any difference was first seen, and at which this one was. */
  differsFromMs: number
  staysFromMs: number
}

/** What a look at the clocks found. `byMs`: how far the time of day is ahead. */
export type ClockChange =
  { kind: 'differs'; byMs: number } | { kind: 'agrees'; byMs: number; lastedMs: number } | Stepped

/** With the offset before and after the step. */
interface Stepped {
  kind: 'stepped'
  byMs: number
  lastedMs: number
  fromMs: number
  toMs: number
}

/** A smaller difference is left alone. */
const AGREES_MS = 2_000
/** A difference that stays for so long is the true time. */
const STAYS_MS = 60_000

export function createSteadyClock(host: HostClock): SteadyClock {
  const offsetMs = host.wallMs() - host.monotonicMs()
  return { host, offsetMs, differenceMs: 0, differsFromMs: NaN, staysFromMs: NaN }
}

/** Arrival time now, epoch ms. It falls only where `followWallClock` or `startFrom` gives a step. */
export function arrivalMs({ host, offsetMs }: SteadyClock): number {
  return host.monotonicMs() + offsetMs
}

/**
 * Goes on behind the newest arrival of an earlier run. A time of day well before it was set back meanwhile: that is a
 * step, from an offset by which no time has passed. One a little before it lets arrival time go on from there.
 */
export function startFrom(clock: SteadyClock, lastMs: number): Stepped | undefined {
  const { offsetMs } = clock
  const behindMs = lastMs - arrivalMs(clock)
  if (behindMs <= 0) return undefined
  const fromMs = offsetMs + behindMs
  if (behindMs > AGREES_MS) return { kind: 'stepped', byMs: -behindMs, lastedMs: 0, fromMs, toMs: offsetMs }
  clock.offsetMs = fromMs
  return undefined
}

/** Compares the two clocks; to be called about once a second. Undefined: nothing has changed. */
export function followWallClock(clock: SteadyClock): ClockChange | undefined {
  const nowMs = clock.host.monotonicMs()
  const byMs = clock.host.wallMs() - nowMs - clock.offsetMs
  const before = clock.differenceMs
  if (Math.abs(byMs) <= AGREES_MS) {
    clock.differenceMs = 0
    return before === 0 ? undefined : { kind: 'agrees', byMs: before, lastedMs: nowMs - clock.differsFromMs }
  }
  if (before === 0) clock.differsFromMs = nowMs
  if (before === 0 || Math.abs(byMs - before) > AGREES_MS) {
    clock.differenceMs = byMs
    clock.staysFromMs = nowMs
    return { kind: 'differs', byMs }
  }
  if (nowMs - clock.staysFromMs < STAYS_MS) return undefined
  const fromMs = clock.offsetMs
  clock.offsetMs += byMs
  clock.differenceMs = 0
  return { kind: 'stepped', byMs, lastedMs: nowMs - clock.differsFromMs, fromMs, toMs: clock.offsetMs }
}

/** What the journal says while the two clocks agree; it ends the alarm. */
export const CLOCK_AGREES: OwnEntry = { own: { alarm: 'clock', breached: false, value: 0 } }

/** What the alarm `clock` is told of a change. A step at start begins and ends it at once. */
export function clockConditions(change: ClockChange): OwnEntry[] {
  const differs: OwnEntry = { own: { alarm: 'clock', breached: true, value: change.byMs / 1000 } }
  if (change.kind === 'differs') return [differs]
  return change.kind === 'stepped' && change.lastedMs === 0 ? [differs, CLOCK_AGREES] : [CLOCK_AGREES]
}
