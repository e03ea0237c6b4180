import { judgeCondition } from './alarms/judged/judge.ts'
import type { Core } from './state.ts'

// What is missing of messages that devices number. The newest number that is believed leads:
//
//     a message ── the leading number again ──────────> delivered twice: nothing changes
//               ── 1 to 1,000 ahead of it ────────────> it leads; those between are lost
//               ── 1 to 1,000 ahead of a waiting one ─> it leads; all since the leading one are lost if the waiting one
//               │                                       lies ahead of that, else the device began anew
//               ── any other ─────────────────────────> it waits: it may be a glitch, or late
//
// Messages that came and had no readable number count for lost ones.

/** A loss of more messages than this is counted once the next message goes on from behind it. */
const NEAR = 1000
/** Ahead over the wrap, and no higher than this: the device began anew, and not at its first message. */
const YOUNG = 16

/** What is known of each source of numbered messages, in the order of the plan. */
export interface Numbering {
  /** The number that leads, and one that waits to be believed; NaN: none. */
  readonly leading: Float64Array
  readonly waiting: Float64Array
  /** Messages since then whose number could not be read. */
  readonly unread: Float64Array
  /** Since the store began: lost messages, messages without a readable number, and how often one began anew. */
  readonly lost: Float64Array
  readonly unnumbered: Float64Array
  readonly anew: Float64Array
  /** Lost messages since the alarm was raised. */
  readonly lostNow: Float64Array
}

export function createNumbering(sources: number): Numbering {
  return {
    leading: new Float64Array(sources).fill(NaN),
    waiting: new Float64Array(sources).fill(NaN),
    unread: new Float64Array(sources),
    lost: new Float64Array(sources),
    unnumbered: new Float64Array(sources),
    anew: new Float64Array(sources),
    lostNow: new Float64Array(sources),
  }
}

/** Notes the number of a message, NaN where it could not be read, and judges the alarm of lost messages. */
export function noteNumber(core: Core, source: number, number: number, nowMs: number): void {
  const { numbering, alarms, plan, sink } = core
  const { kind, of, modulus } = plan.numberings[source]!
  if (!(number < modulus)) {
    numbering.unread[source]!++
    numbering.unnumbered[source]!++
    return
  }
  const lost = follow(numbering, source, number, modulus)
  const phase = alarms.byKind.get(kind)!.get(of)?.phase ?? 'normal'
  if (lost === 0 && phase === 'normal') return
  numbering.lost[source]! += lost
  numbering.lostNow[source] = lost + (phase === 'normal' ? 0 : numbering.lostNow[source]!)
  const verdict = lost > 0 ? 'breached' : 'inside'
  const value = lost > 0 ? numbering.lostNow[source] : 0
  judgeCondition(alarms, kind, of, { verdict, tMs: nowMs, value, limit: NaN }, nowMs, sink)
}

/** Gives how many messages are known to be lost with this number. */
function follow(numbering: Numbering, source: number, number: number, modulus: number): number {
  const { leading, waiting, unread, anew } = numbering
  const before = leading[source]!
  const other = waiting[source]!
  const step = stepOf(before, number, modulus)
  if (step === 0) return 0
  const isNext = step >= 1 && step <= NEAR
  const fromOther = stepOf(other, number, modulus)
  const isOther = !isNext && fromOther >= 1 && fromOther <= NEAR
  if (!Number.isNaN(before) && !isNext && !isOther) {
    waiting[source] = number
    return 0
  }
  leading[source] = number
  waiting[source] = NaN
  const came = unread[source]!
  unread[source] = 0
  if (Number.isNaN(before)) return 0
  if (isNext) return Math.max(0, step - 1 - came)
  const toOther = stepOf(before, other, modulus)
  const isAhead = toOther > 0 && (other > before || other > YOUNG)
  if (!isAhead) anew[source]!++
  return Math.max(0, (isAhead ? toOther - 1 : 0) + fromOther - 1 - came)
}

/** How far a number is ahead of another, below 0: behind. Of numbers that wrap, the nearer of the two ways. */
function stepOf(from: number, to: number, modulus: number): number {
  if (modulus === Infinity) return to - from
  const ahead = (to - from + modulus) % modulus
  return ahead < modulus / 2 ? ahead : ahead - modulus
}

/** What was lost in all, what had no readable number, and how often a device began anew; since the store began. */
export function numberingCounts({ numbering }: Core): { lost: number; unnumbered: number; anew: number } {
  const sum = (of: Float64Array) => of.reduce((total, count) => total + count, 0)
  return { lost: sum(numbering.lost), unnumbered: sum(numbering.unnumbered), anew: sum(numbering.anew) }
}
