import type { AlarmState } from './alarm-state.ts'
import type { AlarmRowState } from '../contract/alarm-kinds.ts'

/**
 * An alarm that comes and goes wakes people once, not each time (ISA-18.2: chattering, fleeting). Rows say all of it;
 * this decides what notices do (D133).
 *
 *     calm       ── raised less than 30 min after it was over ───> repeated    held: its notice waits 5 min
 *     repeated   ── still active after 5 min ────────────────────> told        notice [raised]
 *                ── over before that ────────────────────────────> calm        no notice
 *     any        ── raised for the 4th time within an hour ──────> chattering  row and notice [chattering]
 *     chattering ── a breach stays for 5 min, the first time ────> told        notice [raised]
 *                ── neither raised nor over for 30 min ──────────> calm        row and notice [normal], if it is over
 *
 * While it chatters no other notice says that it comes, goes, falls silent or returns.
 */

/** So long an alarm must have been quiet before it is news again. */
const QUIET_MS = 1_800_000
/** A breach that lasts so long, once raised, is told even if the alarm comes and goes. */
const STAY_MS = 300_000
const HOUR_MS = 3_600_000
/** More raises than these within an hour are chatter. */
const MOST_RAISES = 3

/** Counts a raise, as of `atMs` (event time), and says whether the alarm begins to chatter by it. */
export function noteRaise(state: AlarmState, atMs: number, nowMs: number): boolean {
  const isRepeated = state.standing !== 'latched' && nowMs - state.changedMs < QUIET_MS
  const isCycling = state.cycles > 0 || atMs - state.thirdLastRaiseMs <= HOUR_MS
  const begins = isCycling && state.cycles === 0
  state.thirdLastRaiseMs = state.beforeLastRaiseMs
  state.beforeLastRaiseMs = state.lastRaiseMs
  state.lastRaiseMs = atMs
  state.cycles = begins ? MOST_RAISES + 1 : isCycling ? state.cycles + 1 : 0
  state.changedMs = nowMs
  const isHeld = isCycling ? !begins && !state.isStayTold : isRepeated
  state.heldMs = isHeld ? nowMs + STAY_MS : NaN
  return begins
}

/** The alarm is over, as of an arrival time. What nobody was told of needs no quiet behind it. */
export function noteOver(state: AlarmState, nowMs: number): void {
  if (state.sent || isHeld(state) || isChattering(state)) state.changedMs = nowMs
  state.heldMs = NaN
}

/** Whether the notice of a raised alarm waits for the breach to stay. */
export function isHeld({ heldMs }: AlarmState): boolean {
  return !Number.isNaN(heldMs)
}

export function isChattering({ cycles }: AlarmState): boolean {
  return cycles > 0
}

/** What a chattering alarm does time and again: no notice says so. */
const CYCLE: ReadonlySet<AlarmRowState> = new Set(['raised', 'cleared', 'normal', 'latched', 'stale', 'returned'])

/** Whether no notice tells a transition, as the alarm comes and goes. */
export function isMuted(state: AlarmState, rowState: AlarmRowState, nowMs: number): boolean {
  if (isHeld(state)) return rowState === 'raised'
  return isChattering(state) && CYCLE.has(rowState) && nowMs < quietFromMs(state)
}

/** Arrival time at which the clock has to look at the notices of an alarm; Infinity: it has not. */
export function noticeDueMs(state: AlarmState, nowMs: number): number {
  return Math.min(state.heldMs > nowMs ? state.heldMs : Infinity, quietFromMs(state))
}

/** Arrival time from which on a chattering alarm is quiet; Infinity: it does not chatter. */
export function quietFromMs(state: AlarmState): number {
  return isChattering(state) ? state.changedMs + QUIET_MS : Infinity
}

/** Whether a breach has stayed for so long that its notice is due. */
export function hasStayed(state: AlarmState, nowMs: number): boolean {
  const { heldMs, phase, standing, suppressed, isSourceSilent } = state
  return heldMs <= nowMs && phase === 'active' && standing === 'raised' && !suppressed && !isSourceSilent
}

/** The alarm is quiet, or an operator has set it aside: whatever comes next is news. */
export function calm(state: AlarmState): void {
  state.cycles = 0
  state.isStayTold = false
  state.heldMs = NaN
  state.changedMs = -Infinity
  state.lastRaiseMs = -Infinity
  state.beforeLastRaiseMs = -Infinity
  state.thirdLastRaiseMs = -Infinity
}
