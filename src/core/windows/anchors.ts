import type { CalendarUnit } from '../contract/plan.ts'
import { modulo, type Anchor, type Totals } from './totals.ts'

/**
 * Anchors a calendar unit at the newest end: at its start, or at the origin where the story begins inside the unit.
 * Drops anchors of units that ended before end `oldest`.
 */
export function addAnchor(totals: Totals, unit: CalendarUnit, start: number, end: number, oldest: number): void {
  const exact = totals.tiers[0]!
  const now = Float64Array.from(exact.totals, (ring) => ring[modulo(totals.newest, ring.length)] ?? 0)
  totals.anchors = totals.anchors.filter((anchor) => anchor.end >= oldest)
  totals.anchors.push({ unit, start, end, totals: now })
}

/** The anchor of the calendar unit in which an end falls. The last end of a unit belongs to that unit. */
export function anchorHolding(totals: Totals, unit: CalendarUnit, end: number): Anchor {
  for (let n = totals.anchors.length - 1; n >= 0; n--) {
    const anchor = totals.anchors[n]!
    if (anchor.unit === unit && anchor.start < end && end <= anchor.end) return anchor
  }
  throw new Error(`no ${unit} holds end ${end}`)
}

/** The anchor of the calendar unit that begins with end `start`, if it is still held. */
export function anchorStartingAt({ anchors }: Totals, unit: CalendarUnit, start: number): Anchor | undefined {
  return anchors.find((anchor) => anchor.unit === unit && anchor.start === start)
}
