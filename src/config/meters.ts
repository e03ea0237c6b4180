import type { Draft } from './faults.ts'
import { kindOf, pointAt, type Point, type Readable } from './readable.ts'
import { parseInstant } from '../ingest/times.ts'

/** What is wrong with meters: swaps of a register, what a drift is measured at, and what is fed from what. */
export function checkMeters(readable: Readable): Draft[] {
  const drafts: Draft[] = []
  for (const [name, point] of readable.points) {
    const path = ['points', name]
    checkSwaps(drafts, path, point)
    if (point.driftPct !== undefined && point.unit !== undefined && kindOf(point) !== 'register') {
      add(drafts, [...path, 'driftPct'], 'applies to registers only', 'put it on the register of the meter', 'key')
    }
    if (point.parent !== undefined) checkParent(drafts, readable, name, point.parent)
  }
  return drafts
}

/** Swaps come in the order of their times, and within the modulus. */
function checkSwaps(drafts: Draft[], path: PropertyKey[], { register }: Point): void {
  let newestMs = -Infinity
  for (const [index, swap] of (register?.swaps ?? []).entries()) {
    const at = [...path, 'register', 'swaps', index]
    const tMs = parseInstant(swap.at)
    if (tMs <= newestMs) add(drafts, [...at, 'at'], 'must be later than the swap before it', 'put the oldest first')
    newestMs = tMs
    for (const key of ['closing', 'opening'] as const) {
      if (swap[key] < (register?.rolloverAt ?? Infinity)) continue
      add(
        drafts,
        [...at, key],
        `must be below \`rolloverAt\`, which is ${register?.rolloverAt}`,
        'the count wraps there',
      )
    }
  }
}

/** A parent measures energy, as its children do, and no chain of parents comes back to where it began. */
function checkParent(drafts: Draft[], readable: Readable, name: string, parent: string): void {
  const path = ['points', name, 'parent']
  const found = pointAt(drafts, readable, path, parent)
  const point = readable.points.get(name)
  if (found?.unit !== undefined && kindOf(found) === 'gauge') {
    add(
      drafts,
      path,
      `"${parent}" measures no energy`,
      `name a point of power or energy; the unit of this one is ${found.unit}`,
    )
  }
  if (point?.unit !== undefined && kindOf(point) === 'gauge') {
    add(drafts, path, `"${name}" measures no energy`, 'remove `parent`', 'key')
  }
  const seen = new Set([name])
  let at: string | undefined = parent
  while (at !== undefined && !seen.has(at)) {
    seen.add(at)
    at = readable.points.get(at)?.parent
  }
  if (at === name) add(drafts, path, `"${name}" is fed from itself`, `by way of ${[...seen].join(', ')}`)
}

function add(drafts: Draft[], path: PropertyKey[], reason: string, hint?: Draft['hint'], part?: Draft['part']): void {
  drafts.push({ path, part: part ?? 'content', reason, hint })
}
