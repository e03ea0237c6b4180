import type { HeldChange, HeldNotice, QueuedNotice } from '../../store/types.ts'
import { STANDING_STATES, transitionOf, type Duty } from './types.ts'

/**
 * Quiet hours. Of an alarm of low severity the newest notice is held, on the disk, until the hours are over:
 *
 *     queue ── not in quiet hours, or a higher severity ─────────────────> delivered; what was held of it is dropped
 *           ── in quiet hours ───────────────────────────────────────────> held, in place of what was held of it
 *           ── the end of an alarm that was raised in quiet hours ───────> neither is sent: it is over
 *     held  ── the hours are over, and the queue is empty ───────────────> delivered, to whoever is on call by then
 *
 * What is held still stands, as its end would have come by the same queue. Of an alarm that was told before the quiet
 * hours the end is held, too, and is sent.
 */
export interface Aside {
  readonly result: 'skipped' | 'held' | 'over'
  readonly change: HeldChange | undefined
}

type Held = ReadonlyMap<string, HeldNotice>

/** What to do with a notice that is not to be delivered now; undefined: deliver it. */
export function asideOf(duty: Duty | undefined, held: Held, queued: QueuedNotice, nowMs: number): Aside | undefined {
  const transition = duty?.wanted(queued)
  if (duty === undefined || transition === undefined) return undefined
  const { notice } = queued
  const before = held.get(notice.id)
  const drop: HeldChange = { drop: notice.id }
  if (before?.told === false && !STANDING_STATES.has(transition.state)) return { result: 'over', change: drop }
  if (duty.isQuiet(transition, nowMs)) {
    const { state, repeat, startsAtMs } = transition
    const isRaise = (state === 'raised' || state === 'chattering') && repeat === 0
    const told = before?.told ?? !(isRaise && duty.isQuiet(transition, startsAtMs))
    return { result: 'held', change: { put: { notice, atMs: nowMs, told } } }
  }
  const atMs = queued.atMs > 0 ? queued.atMs : transition.timeMs
  if (duty.isOnCall(transition, atMs)) return undefined
  return { result: 'skipped', change: before === undefined ? undefined : drop }
}

/** The oldest held notice whose quiet hours are over, and whether it is still this receiver's turn. */
export function releaseOf(
  duty: Duty | undefined,
  held: Held,
  nowMs: number,
): { queued: QueuedNotice; isWanted: boolean } | undefined {
  for (const { notice, atMs } of held.values()) {
    const queued: QueuedNotice = { id: 0, notice, atMs }
    const transition = duty?.wanted(queued)
    if (duty === undefined || transition === undefined) return { queued, isWanted: false }
    if (!duty.isQuiet(transition, nowMs)) return { queued, isWanted: duty.isOnCall(transition, nowMs) }
  }
  return undefined
}

/** The notice with the names of those on call, where its routes have rotas. */
export function withOnCall(duty: Duty | undefined, queued: QueuedNotice, atMs: number): QueuedNotice {
  const transition = duty === undefined ? undefined : transitionOf(queued.notice)
  if (duty === undefined || transition === undefined) return queued
  const onCall = duty.onCall(transition, atMs > 0 ? atMs : transition.timeMs)
  if (onCall === undefined) return queued
  const payload = JSON.stringify({ ...(JSON.parse(queued.notice.payload) as object), onCall })
  return { ...queued, notice: { ...queued.notice, payload } }
}
