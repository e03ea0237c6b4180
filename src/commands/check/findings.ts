import type { Heard, PointHeard, RefusedReadings } from './heard.ts'
import { formatOfPayload } from './formats.ts'
import { isBareNumber, numbersIn, shown } from './payload.ts'
import { oddLosses, oddUnit } from './units.ts'
import { wayOfTime, wayOfValue } from './ways.ts'
import type { Outcome } from '../../core/contract/outcome.ts'

/** One thing that does not fit. Those of equal text are told together. */
export interface Finding {
  section:
    'silent' | 'orphan topics' | 'several topics' | 'odd units' | 'losses' | 'refused' | 'pace' | 'clocks' | 'numbers'
  subject: string
  text: string
}

const PACE = 3
const SKEW_MS = 60_000
const HALF_HOUR_MS = 1_800_000
/** From UTC to Kiritimati, and a little. */
const WIDEST_ZONE_MS = 14.5 * 3_600_000

/** Everything that does not fit, in the order in which to look into it. */
export function findingsOf(heard: Heard, listenedMs: number, nowMs: number): Finding[] {
  const { site, points } = heard
  const each = (
    section: Finding['section'],
    look: (point: PointHeard, index: number) => string | undefined,
  ): Finding[] =>
    points.flatMap((point, index) => {
      const text = look(point, index)
      return text === undefined ? [] : [{ section, subject: site.points[index] ?? '', text }]
    })
  const isOdd = (index: number) => oddUnit(site, points, index) !== undefined
  // Of a unit that does not fit, what it puts out of range is the same fault
  const refusals = [...heard.refusals.values()].filter(
    ({ outcome, points: refusedPoints }) => outcome !== 'out_of_range' || ![...refusedPoints].every(isOdd),
  )
  return [
    ...silent(heard, listenedMs),
    ...orphans(heard, nowMs),
    ...each('several topics', ({ topics }) => severalTopics(topics)),
    ...each('odd units', (_, index) => oddUnit(site, points, index)),
    ...each('losses', (_, index) => oddLosses(site, points, index)),
    ...refusals.map((refusal) => refused(heard, refusal, nowMs)),
    ...each('pace', (point, index) => pace(heard, point, index, listenedMs)),
    ...each('clocks', (point) => clock(point)),
    ...numbers(heard),
  ]
}

/** Points of which nothing came though they were not due yet, or report on change only. */
export function notDue({ site, points }: Heard, listenedMs: number): string[] {
  return site.points.filter((_, index) => points[index]?.messages === 0 && !isDue(site.plan.points[index], listenedMs))
}

function isDue(plan: { everyMs: number; hold: boolean } | undefined, listenedMs: number): boolean {
  return plan !== undefined && !plan.hold && plan.everyMs <= listenedMs
}

function silent({ site, points }: Heard, listenedMs: number): Finding[] {
  const gateways = new Map<string, number[]>()
  for (const [index, name] of site.points.entries()) {
    const gateway = site.config.points[name]?.gateway
    if (gateway !== undefined) gateways.set(gateway, [...(gateways.get(gateway) ?? []), index])
  }
  const isSilent = (index: number): boolean => points[index]?.messages === 0
  const isOverdue = (index: number): boolean => isSilent(index) && isDue(site.plan.points[index], listenedMs)
  const dead = [...gateways].filter(([, members]) => members.every(isSilent) && members.some(isOverdue))
  const told = new Set(dead.flatMap(([, members]) => members))
  return [
    ...dead.map(([gateway, members]) => ({
      section: 'silent' as const,
      subject: `gateway ${gateway}`,
      text: `nothing came from any of its points (${members.length})`,
    })),
    ...site.points.flatMap((name, index) => {
      if (told.has(index) || !isOverdue(index)) return []
      const text = (points[index]?.retained ?? 0) > 0 ? 'only a stored (retained) message came' : 'nothing came'
      return [{ section: 'silent' as const, subject: `${name} (${site.config.points[name]?.topic})`, text }]
    }),
  ]
}

/** By a wildcard one point may read two devices, whose numbers then are one point's. */
function severalTopics(topics: ReadonlySet<string>): string | undefined {
  if (topics.size < 2) return undefined
  return `read from ${several(
    [...topics].sort().map((topic) => shown(topic)),
    3,
  )}: if these are several devices, name that level by a column`
}

function orphans({ site, orphans: topics, beyond }: Heard, nowMs: number): Finding[] {
  const section = 'orphan topics'
  const findings: Finding[] = [...topics].map(([topic, { messages, example }]) => ({
    section,
    subject: shown(topic),
    text: `${site.isOrphan(topic) ? 'of no member of its template; ' : ''}${count(messages, 'message')}, such as ${shown(example)} – ${numbersOf(example, nowMs)}`,
  }))
  if (beyond === 0) return findings
  return [...findings, { section, subject: 'more topics', text: `${count(beyond, 'message')} on topics beyond these` }]
}

const HINTS: Readonly<Record<Outcome, string>> = {
  accepted: '',
  duplicate: '',
  retained: '',
  conflict: 'two values for one stamp: two devices on one topic, or a clock too coarse',
  future: 'its clock is ahead by more than core.skewS',
  too_late: 'stamped more than core.latenessS before its own newest reading, in time that is known already',
  negative: 'negative at a meter of consumption: wired the wrong way round, or `min` below 0 is missing',
  out_of_range: 'outside of `min` and `max`, or above 1.25 × `maxKw`',
  non_finite: 'no finite number',
  no_value: 'nothing where `at` points',
  bad_payload: 'not to be read as a number where `at` points',
  bad_time: 'epoch s, ms, µs or ns, or ISO 8601 with offset is wanted where `timeAt` points',
  oversize: 'above 64 KiB or 1,000 readings',
  unknown_topic: '',
  bad_line: '',
  command: '',
  ignored: '',
  before_birth: 'no birth of its node was heard since the last gap: a node says it when it connects, or when asked',
  orphan: '',
  unselected: 'no point of this topic has a `where` that fits: add a point, or `ignore` such messages',
}

function refused({ site, points }: Heard, refusal: RefusedReadings, nowMs: number): Finding {
  const { topic, outcome, readings, example } = refusal
  const names = [...refusal.points].map((index) => site.points[index] ?? '')
  const isStored = [...refusal.points].every((index) => points[index]?.messages === 0)
  return {
    section: 'refused',
    subject: `${topic} (${several(names)})`,
    text:
      `${outcome}, ${count(readings, 'reading')}${isStored ? ' of a stored (retained) message' : ''}, ` +
      `such as ${shown(example)} – ${hintOf(refusal, nowMs)}`,
  }
}

function hintOf({ outcome, example }: RefusedReadings, nowMs: number): string {
  if (outcome === 'bad_time') return `${HINTS[outcome]}; ${wayOfTime(example)}`
  if (outcome === 'no_value' || outcome === 'bad_payload') {
    if (isBareNumber(example)) return 'the payload is a bare number: leave `at` out'
    const format = formatOfPayload(example, nowMs)
    const way = outcome === 'bad_payload' && format === undefined ? wayOfValue(example) : undefined
    return way ?? `${HINTS[outcome]}; ${format ?? numbersOf(example, nowMs)}`
  }
  if (outcome === 'unselected') return `${HINTS[outcome]}; ${numbersOf(example, nowMs)}`
  return HINTS[outcome]
}

/** What takes the numbers of a payload, as the keys of a point would say it. */
function numbersOf(example: string, nowMs: number): string {
  return formatOfPayload(example, nowMs) ?? `numbers: ${numbersIn(example, nowMs)}`
}

function pace({ site }: Heard, point: PointHeard, index: number, listenedMs: number): string | undefined {
  const plan = site.plan.points[index]
  if (plan === undefined) return undefined
  const declared = `everyS is ${plan.everyMs / 1000}`
  if (point.stamps < 2) {
    const isRare = point.messages === 1 && !plan.hold && listenedMs > PACE * plan.everyMs
    return isRare ? `one message in ${seconds(listenedMs)} s, ${declared}` : undefined
  }
  const everyMs = (point.newestMs - point.oldestMs) / (point.stamps - 1)
  const isFast = point.stamps > 2 && everyMs * PACE < plan.everyMs
  const isSlow = !plan.hold && everyMs > PACE * plan.everyMs
  return isFast || isSlow ? `a reading every ${seconds(everyMs)} s, ${declared}` : undefined
}

function clock({ aheadMs }: PointHeard): string | undefined {
  const offMs = Math.abs(aheadMs)
  if (offMs <= SKEW_MS || offMs === Infinity) return undefined
  const nearMs = Math.abs(offMs - Math.round(offMs / HALF_HOUR_MS) * HALF_HOUR_MS)
  const isZone = offMs > HALF_HOUR_MS / 2 && offMs < WIDEST_ZONE_MS && nearMs < SKEW_MS
  const hint = isZone
    ? ': a local time sent as UTC?'
    : aheadMs < 0
      ? ' (old readings, or the start of their interval?)'
      : ''
  return `stamps are ${span(offMs)} ${aheadMs > 0 ? 'ahead of' : 'behind'} our clock${hint}`
}

/** Messages that are numbered and were lost while we listened, or that have no number. */
function numbers({ pipeline: { core }, site }: Heard): Finding[] {
  const { lost, unnumbered } = core.numbering
  return core.plan.numberings.flatMap(({ kind, of }, source): Finding[] => {
    const name = kind === 'messages_lost' ? `topic of ${site.points[of]}` : `gateway ${site.gateways[of]}`
    const told = (text: string) => ({ section: 'numbers' as const, subject: name, text })
    const [gone = 0, without = 0] = [lost[source], unnumbered[source]]
    return [
      ...(gone > 0 ? [told(`${count(gone, 'message')} missing by its own count: lost on the way to us`)] : []),
      ...(without > 0 ? [told(`${count(without, 'message')} without a whole number where \`seq\` points`)] : []),
    ]
  })
}

/** A length of time in one unit: `95 s`, `12 min`, `3 h`, `4 d`. */
export function span(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  return ms < 172_800_000
    ? `${Math.round(ms / 3_600_000)} h`
    : `${Math.round(ms / 86_400_000).toLocaleString('en-US')} d`
}

/** `a, b, c` – of many names the first and how many more. */
export function several(names: readonly string[], most = 4): string {
  if (names.length <= most) return names.join(', ')
  return `${names.slice(0, most).join(', ')} and ${(names.length - most).toLocaleString('en-US')} more`
}

export function count(n: number, word: string): string {
  return `${n.toLocaleString('en-US')} ${word}${n === 1 ? '' : 's'}`
}

function seconds(ms: number): string {
  return Number((ms / 1000).toPrecision(3)).toString()
}
