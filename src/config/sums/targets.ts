import { DERIVED, type BoundaryQuantity, type QuotientOf } from '../../core/contract/quotients.ts'
import type { CalendarUnit } from '../../core/contract/plan.ts'
import { UNIT_MS } from '../../core/windows/window.ts'
import { TARGETED } from '../../core/contract/targets.ts'
import type { Config } from '../config.ts'
import { plainMap } from '../document/plain.ts'
import type { PlainMap } from '../document/document.ts'
import type { Draft } from '../faults.ts'
import type { Readable } from '../readable.ts'
import { windowLengthS } from '../strings.ts'
import { stepMsOf } from './intensities.ts'
import { keysOfQuantity, type WrittenSum } from './written.ts'

/** A target of a boundary, by its name: `dc5.wue.30d`. */
interface NamedTarget {
  readonly name: string
  readonly boundary: string
  readonly indicator: string
  readonly window: string
  readonly limit: number
  readonly side: 'above' | 'below'
}

/** All targets of a configuration, in the order of its boundaries. */
export function targetsOf({ boundaries }: Pick<Config, 'boundaries'>): NamedTarget[] {
  return Object.entries(boundaries).flatMap(([boundary, { targets = {} }]) =>
    Object.entries(targets).flatMap(([indicator, target]): NamedTarget[] => {
      if (target === undefined) return []
      const { window, max, min = NaN } = target
      const name = nameOf(boundary, indicator, window)
      return [{ name, boundary, indicator, window, limit: max ?? min, side: max === undefined ? 'below' : 'above' }]
    }),
  )
}

/** Names of the targets that are written. */
export function targetNames(readable: Pick<Readable, 'written' | 'boundaries'>): string[] {
  return writtenIn(readable).map(({ boundary, indicator, target }) => nameOf(boundary, indicator, target['window']))
}

function nameOf(boundary: string, indicator: string, window: unknown): string {
  return `${boundary}.${indicator}.${String(window)}`
}

/** Targets of indicators or windows that the site has not, and those that say no limit, or two. */
export function targetDrafts(readable: Readable): Draft[] {
  return writtenIn(readable).flatMap(({ boundary, indicator, target, around }): Draft[] => {
    const path = ['boundaries', boundary, 'targets', indicator]
    const of = TARGETED.get(indicator)
    if (of === undefined) return [] // told by the schema
    const missing = missingOf(of, readable.boundaries.get(boundary) ?? [])
    if (missing !== undefined) {
      const reason = `boundary "${boundary}" has no ${indicator}`
      return [{ path, part: 'key', reason, hint: `give it ${missing}` }]
    }
    const isOne = 'max' in target !== 'min' in target
    const hint = '`max` for what is to stay low, as PUE and WUE; `min` for what is to stay high, as ERF and REF'
    return [
      ...(isOne ? [] : [{ path, part: 'key' as const, reason: 'needs either `max` or `min`', hint }]),
      ...windowDrafts(readable, [...path, 'window'], of, target['window']),
      ...(indicator === 'pue' && target['window'] === '24h' && 'targetPue' in around
        ? [{ path, part: 'key' as const, reason: '`targetPue` is a target of 24 h already', hint: 'keep one of them' }]
        : []),
    ]
  })
}

/** The keys that a boundary lacks for a quotient; undefined: it has it. */
function missingOf({ over, under }: QuotientOf, sums: readonly WrittenSum[]): string | undefined {
  const has = (quantity: BoundaryQuantity) => sums.some((sum) => sum.quantity === quantity)
  for (const quantity of [over, under]) {
    const any = DERIVED[quantity]?.ifAny ?? [quantity]
    if (!any.some(has)) return any.map((it) => `\`${keysOfQuantity(it).join('.')}\``).join(' or ')
  }
  return undefined
}

function windowDrafts({ core, ...readable }: Readable, path: PropertyKey[], of: QuotientOf, window: unknown): Draft[] {
  const { windows } = core
  if (windows === undefined || typeof window !== 'string') return []
  const leastS = Math.max(of.leastMs, ...stepsOf(readable, of)) / 1000
  const possible = windows.filter((name) => lengthS(name) >= leastS)
  if (possible.includes(window)) return []
  const hint = possible.length === 0 ? 'add a longer one to `core.windows`' : `one of ${possible.join(', ')}`
  return [{ path, part: 'content', reason: `there is no ${of.name} of the window "${window}" to judge`, hint }]
}

/** About as long as a window is, seconds; 0 for what is none. */
function lengthS(window: string): number {
  const unitMs: number | undefined = Object.hasOwn(UNIT_MS, window) ? UNIT_MS[window as CalendarUnit] : undefined
  return windowLengthS(window) ?? (unitMs ?? 0) / 1000
}

/** Steps of all intensities that any boundary multiplies the sums of a quotient by: none of its windows is shorter. */
function stepsOf({ boundaries, intensities }: Pick<Readable, 'boundaries' | 'intensities'>, of: QuotientOf): number[] {
  const sums = [...boundaries.values()].flat().filter(({ quantity }) => quantity === of.over || quantity === of.under)
  const names = sums.flatMap(({ terms }) => terms.flatMap((term) => term?.by ?? []))
  return names.map((name) => stepMsOf(intensities.get(name) ?? {}))
}

interface WrittenTarget {
  readonly boundary: string
  readonly indicator: string
  readonly target: PlainMap
  readonly around: PlainMap
}

function writtenIn({ written, boundaries }: Pick<Readable, 'written' | 'boundaries'>): WrittenTarget[] {
  return [...boundaries.keys()].flatMap((boundary) => {
    const around = plainMap(plainMap(written['boundaries'])[boundary])
    return Object.entries(plainMap(around['targets'])).map(([indicator, target]) => {
      return { boundary, indicator, target: plainMap(target), around }
    })
  })
}
