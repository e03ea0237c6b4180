import { parseInstant } from '../../ingest/times.ts'
import { amountOf } from '../../ingest/units.ts'
import type { Draft } from '../faults.ts'
import { didYouMean } from '../faults.ts'
import { plainMap } from '../document/plain.ts'
import { pointAt, type Readable } from '../readable.ts'

/** What tells how much an intensity is: one of these. */
const TOLD_BY = ['gPerKwh', 'monthly', 'file', 'steps', 'point'] as const

/** Everything wrong with intensities, and with the sums that name them. */
export function intensityDrafts(readable: Readable): Draft[] {
  const drafts: Draft[] = []
  const written = plainMap(readable.written['intensities'])
  for (const [name, intensity] of readable.intensities) {
    const path = ['intensities', name]
    const told = TOLD_BY.filter((key) => key in plainMap(written[name]))
    if (told.length === 0) add(drafts, path, 'tells no intensity', `give it one of ${TOLD_BY.join(', ')}`)
    if (told.length > 1) add(drafts, path, `tells it twice, by ${told.join(' and ')}`, 'keep one of them')
    const steps = (intensity.steps ?? []).map(([from]) => parseInstant(from))
    const early = steps.findIndex((tMs, n) => n > 0 && tMs <= (steps[n - 1] ?? 0))
    if (early >= 0)
      add(drafts, [...path, 'steps', early], 'is not later than the step before it', 'put the oldest first')
    if (intensity.point === undefined) continue
    const point = pointAt(drafts, readable, [...path, 'point'], intensity.point)
    if (point?.unit === undefined || amountOf(point.unit) === 'intensity') continue
    const reason = `"${intensity.point}" measures no intensity: its unit is ${point.unit}`
    add(drafts, [...path, 'point'], reason, 'name a point of g/kWh, kg/MWh or kg/kWh')
  }
  for (const [boundary, sums] of readable.boundaries) {
    for (const { quantity, path, terms } of sums) {
      for (const [n, term] of terms.entries()) {
        if (term?.by === undefined) continue
        const isWhole = path[0] === 'facility'
        const at = isWhole ? ['carbon', BASIS_OF[quantity] ?? ''] : [...path, n, 'by']
        checkBy(drafts, readable, ['boundaries', boundary, ...at], term.by, BASIS_OF[quantity])
        if (isWhole) break
      }
    }
  }
  return drafts
}

const BASIS_OF: Readonly<Record<string, string>> = { carbon: 'location', marketCarbon: 'market' }

const HOUR_MS = 3_600_000
const MONTH_MS = 30 * 24 * HOUR_MS

interface Told {
  readonly monthly?: object | undefined
  readonly steps?: readonly (readonly [from: string, gPerKwh: number])[] | undefined
}

/** How long an intensity stays the same: a month, or the shortest of its steps; 0: a constant, or a point tells it. */
export function stepMsOf({ monthly, steps }: Told): number {
  if (steps === undefined) return monthly === undefined ? 0 : MONTH_MS
  const times = steps.map(([from]) => parseInstant(from))
  const lengths = times.slice(1).map((tMs, n) => tMs - (times[n] ?? tMs))
  return lengths.reduce((least, it) => Math.min(least, it), lengths[0] ?? HOUR_MS)
}

function checkBy(
  drafts: Draft[],
  { intensities }: Readable,
  path: PropertyKey[],
  name: string,
  wanted: string | undefined,
): void {
  const intensity = intensities.get(name)
  if (intensity === undefined) {
    add(drafts, path, `there is no intensity "${name}"`, didYouMean(name, [...intensities.keys()]))
  } else if (wanted === 'location' && intensity.basis === 'market') {
    add(
      drafts,
      path,
      `"${name}" is market-based`,
      'a location-based sum takes what the grid emits: use another, or `market`',
    )
  }
}

function add(drafts: Draft[], path: PropertyKey[], reason: string, hint: Draft['hint']): void {
  drafts.push({ path, part: 'content', reason, hint })
}
