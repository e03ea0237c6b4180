import { chooseInstant } from './doubled-hour.ts'
import type { RareKeys } from './route.ts'
import { instantsOf, timeMs, type TimeRule } from './times.ts'

/** What came before a packet: it tells which instant a local time of a doubled hour means. */
export interface Past {
  /** Newest event time that was taken of a point; -Infinity before the first. */
  newestMs(point: number): number
  /** How far a device's clock may be ahead of arrival. */
  readonly skewMs: number
  /** Hears of a stamp whose instant nothing could tell for sure. */
  doubt(): void
}

/** One packet on its way through the decoder. */
export interface Turn {
  readonly nowMs: number
  readonly retain: boolean
  /** Only where stamps may be local times. */
  readonly order?: Order
}

/** Newest event times by source: before the record at hand, and with it. All points of a record see the same past. */
interface Order {
  readonly past: Past
  readonly before: Map<readonly number[], number>
  readonly within: Map<readonly number[], number>
}

/** A packet whose stamps may be local times. */
export function orderedTurn({ nowMs, retain }: Turn, past: Past): Turn {
  return { nowMs, retain, order: { past, before: new Map(), within: new Map() } }
}

/** Ends a record: what it held comes before the next one. */
export function endRecord({ before, within }: Order): void {
  for (const [source, tMs] of within) before.set(source, Math.max(before.get(source) ?? -Infinity, tMs))
  within.clear()
}

/** The event time that a stamp means; NaN if it is unusable. */
export function instantOf(rule: TimeRule, rare: RareKeys, stamp: unknown, { nowMs, order }: Turn): number {
  const { stampShiftMs, source, everyMs } = rare
  if (rule.timezone === undefined) return timeMs(stamp, rule) + stampShiftMs
  const [firstMs = NaN, secondMs] = instantsOf(stamp, rule)
  if (order === undefined) return firstMs + stampShiftMs
  const newestMs = order.before.get(source) ?? newestOf(rare, order.past)
  order.before.set(source, newestMs)
  let tMs = firstMs
  if (secondMs !== undefined) {
    const { skewMs } = order.past
    const choice = chooseInstant({ firstMs, secondMs, newestMs, nowMs, skewMs, everyMs })
    tMs = choice.tMs
    if (!choice.isSure) order.past.doubt()
  }
  if (!Number.isNaN(tMs)) order.within.set(source, Math.max(order.within.get(source) ?? -Infinity, tMs))
  return tMs + stampShiftMs
}

function newestOf({ source, stampShiftMs }: RareKeys, past: Past): number {
  return Math.max(...source.map((point) => past.newestMs(point))) - stampShiftMs
}
