import { envelope, hasClass } from '../core/air/envelope.ts'
import type { Envelope, EnvelopeClass } from '../core/contract/limits.ts'
import { NOWHERE_IN_SITE, ruleDrafts, selecting, settingsOf, type RulePlace, type RuleSettings } from './alarm-rules.ts'
import { alarms, sidesOf, type InletLimit } from './alarms.ts'
import type { Draft } from './faults.ts'
import type { Readable } from './readable.ts'

const RULES = ['inlet_recommended', 'inlet_allowable'] as const

type Rules = Readonly<Record<(typeof RULES)[number], RuleSettings>>
/** Dry bulbs outside of which a rule raises, °C. */
type Range = Record<'low' | 'high', number>

/** The dry bulb in °C at which an inlet's rule raises on one side. */
export function limitC(limit: InletLimit, limits: Envelope, side: 'dryBulbMinC' | 'dryBulbMaxC'): number {
  return limit.kind === 'fixed' ? limit.limitC : limits[limit.of][side] + limit.shiftK
}

/**
 * Limits of dry bulbs with which an alarm could never clear, or that of the recommended range would come behind the
 * other. The first class in which they do is named.
 */
export function limitDrafts(readable: Readable): Draft[] {
  const { written, site, inlets, points } = readable
  const { edition = '2021r', altitudeM = 0, corrosion = 'unknown' } = site
  const read = alarms.safeParse(written['alarms'] ?? {})
  if (!read.success) return []
  const ruled = read.data
  const wrong = ruleDrafts(readable, ruled.rules)
  if (wrong.length > 0) return wrong
  const seen = new Set<string>()
  const cases = [...inlets].flatMap(([inlet, { class: itClass = 'A1', hall = 'hall', rack = inlet, dryBulb = '' }]) => {
    const place: RulePlace = {
      ...NOWHERE_IN_SITE,
      inlet,
      hall,
      rack,
      class: itClass,
      gateway: points.get(dryBulb)?.gateway ?? '',
    }
    const indices = ruled.rules.length === 0 ? RULES.map(() => []) : RULES.map((kind) => selecting(ruled, kind, place))
    const key = JSON.stringify([itClass, indices])
    if (seen.has(key) || !hasClass(edition, itClass)) return []
    seen.add(key)
    return [{ itClass, indices, key }]
  })
  for (const { itClass, indices } of cases.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const [recommended, allowable] = RULES.map((kind, n) => settingsOf(ruled, kind, indices[n] ?? []))
    if (recommended === undefined || allowable === undefined) continue
    const rules = { inlet_recommended: recommended, inlet_allowable: allowable }
    const drafts = draftsOf(written, rules, envelope(edition, itClass, altitudeM, corrosion), itClass)
    const newest = Math.max(...indices.flat(), -1)
    if (drafts.length > 0)
      return newest < 0 ? drafts : drafts.map((it) => ({ ...it, path: ['alarms', 'rules', newest] }))
  }
  return []
}

function draftsOf(written: Readable['written'], rules: Rules, limits: Envelope, itClass: EnvelopeClass): Draft[] {
  const [warning, critical] = RULES.map((rule) => rangeOf(rules, rule, limits)) as [Range, Range]
  const narrow = RULES.flatMap((rule, n): Draft[] => {
    const { low, high } = n === 0 ? warning : critical
    const { enabled, deadbandK } = rules[rule]
    if (!enabled || low + deadbandK <= high - deadbandK) return []
    const within = `below ${inC(low)} and above ${inC(high)}, and clears ${inK(deadbandK)} within`
    const reason = `of class ${itClass} it raises ${within}: it could never clear`
    return [{ path: pathOf(written, rule, 'high'), part: 'content', reason, hint: WIDER }]
  })
  if (narrow.length > 0 || !RULES.every((rule) => rules[rule].enabled)) return narrow
  return (['high', 'low'] as const).flatMap((side): Draft[] => {
    const isBehind = side === 'high' ? warning.high > critical.high : warning.low < critical.low
    if (!isBehind) return []
    const limitsAt = `at ${inC(warning[side])}, the allowable alarm at ${inC(critical[side])}`
    const reason = `of class ${itClass} the recommended alarm comes ${limitsAt}: it would come behind it`
    const rule = isWritten(written, 'inlet_recommended') ? 'inlet_recommended' : 'inlet_allowable'
    return [{ path: pathOf(written, rule, side), part: 'content', reason, hint: SWAPPED }]
  })
}

const WIDER = 'move the sides apart, or make `deadbandK` smaller'
const SWAPPED = 'keep the recommended side within the allowable one, or set `enabled: false` for one of the two'

function rangeOf(rules: Rules, rule: (typeof RULES)[number], limits: Envelope): Range {
  const { high, low } = sidesOf(rules[rule], rule === 'inlet_recommended' ? 'recommended' : 'allowable')
  return { low: limitC(low, limits, 'dryBulbMinC'), high: limitC(high, limits, 'dryBulbMaxC') }
}

/** The key that gives a side, as it is written; the rule where none does. */
function pathOf(written: Readable['written'], rule: string, side: 'high' | 'low'): string[] {
  const keys = keysIn(keysIn(written['alarms'])[rule])
  const key = [side, 'limit', side === 'high' ? 'low' : 'high', 'deadbandK'].find((name) => name in keys)
  return ['alarms', rule, ...(key === undefined ? [] : [key])]
}

function isWritten(written: Readable['written'], rule: string): boolean {
  return rule in keysIn(written['alarms'])
}

function keysIn(node: unknown): Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null ? { ...node } : {}
}

function inC(celsius: number): string {
  return `${Number(celsius.toFixed(2))} °C`
}

function inK(kelvin: number): string {
  return `${Number(kelvin.toFixed(2))} K`
}
