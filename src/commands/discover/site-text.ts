import { topicFault } from '../../config/strings.ts'
import { shown } from '../check/payload.ts'
import type { BoundaryDraft } from './sums/boundaries.ts'
import { counts, type PointDraft, type Known } from './draft.ts'
import type { PartialRule } from './ignore.ts'
import type { InletDraft } from './inlets.ts'
import { bareName, nameOfText, quoted, uniqueName } from './literal.ts'
import { siteFiles, type SiteEntry, type WrittenFile, type SiteSection } from './site-files.ts'

/** All that a configuration is written from. */
export interface SiteDraft {
  /** What was listened to, and for how long, in words. */
  readonly heading: readonly string[]
  readonly id: string
  readonly timezone: string
  readonly mqtt: Readonly<Record<string, string>> | undefined
  readonly drafts: readonly PointDraft[]
  readonly inlets: readonly InletDraft[]
  readonly boundaries: readonly BoundaryDraft[]
  readonly ignored: {
    readonly rules: readonly string[]
    readonly left: number
    readonly partial: readonly PartialRule[]
  }
  readonly notes: readonly string[]
  /** Where it will lie. */
  readonly file: string
}

/** A configuration's files, the first first, and the name by which each draft is written in them. */
export interface SiteText {
  readonly files: readonly WrittenFile[]
  readonly names: ReadonlyMap<PointDraft, string>
  /** How many points were left out, as there are too many. */
  readonly leftOut: number
}

/** So many bytes of points are written at most. */
const MOST_BYTES = 32e6

export function siteText(site: SiteDraft): SiteText {
  const names = namesOf(site.drafts)
  const { entries, leftOut } = pointEntries(site.drafts, names)
  const head = [
    ...site.heading.map((line) => `# ${line}`),
    ...site.notes.map((note) => `# note: ${shown(note)}`),
    '',
    'site:',
    `  id: ${quoted(site.id)}`,
    `  timezone: ${quoted(site.timezone)} # guess: of this machine; days, months and years of the site begin by it`,
    '  # question: how high does it stand? altitudeM: 0 counts until it is said; it matters above 900 m',
    ...(site.mqtt === undefined
      ? ['# question: which broker? A recording does not say: mqtt: { url: "mqtt://…" }']
      : [
          `mqtt: { ${Object.entries(site.mqtt)
            .map(([key, text]) => `${key}: ${quoted(text)}`)
            .join(', ')} }`,
        ]),
    ...(entries.some(({ counts: isRead }) => isRead) ? [] : ['points: {}']),
  ]
  const sections = [
    { key: 'points', comment: '', entries },
    boundarySection(site.boundaries, names),
    inletSection(site.inlets, names),
    ...ignoreSection(site.ignored),
  ]
  return { files: siteFiles(site.file, head, sections), names, leftOut }
}

/** Names of points: those that count get theirs first. */
function namesOf(drafts: readonly PointDraft[]): Map<PointDraft, string> {
  const taken = new Set<string>()
  const inOrder = [...drafts.filter(counts), ...drafts.filter((it) => !counts(it))]
  return new Map(inOrder.map((draft) => [draft, uniqueName(draft.wish, taken)]))
}

function pointEntries(
  drafts: readonly PointDraft[],
  names: ReadonlyMap<PointDraft, string>,
): { entries: SiteEntry[]; leftOut: number } {
  const entries: SiteEntry[] = []
  let [bytes, leftOut] = [0, 0]
  for (const draft of drafts.toSorted((a, b) => Number(counts(b)) - Number(counts(a)))) {
    const lines = pointLine(draft, names)
    bytes += Buffer.byteLength(lines.join('\n'))
    if (bytes > MOST_BYTES) {
      // What is left out must not be named by others; the caller leaves it out of all and comes again
      leftOut += 1
      if (counts(draft)) draft.questions.push('left out: there are more points than are written')
    } else entries.push({ lines, counts: counts(draft) })
  }
  return { entries, leftOut }
}

/** A draft's line, its reasons behind it; commented out with its questions where it has some. */
export function pointLine(draft: PointDraft, names: ReadonlyMap<PointDraft, string>): string[] {
  const name = names.get(draft) ?? ''
  const keys = keysOf(draft, names).map(([key, written]) => `${key}: ${written}`)
  const line = `${bareName(name)}: { ${keys.join(', ')} }`
  const reasons = shown(reasonsOf(draft).join(' | '), LONGEST_REASON)
  if (counts(draft)) return [`  ${line} # ${reasons}`]
  // A text that is cut reads otherwise than it came: what asks is not to be taken in as it stands
  return [
    `  # ${line}`,
    ...draft.questions.map((question) => `  #   question: ${shown(question, LONGEST_REASON)}`),
    `  #   ${reasons}`,
  ]
}

const LONGEST_REASON = 480

/** Whether a draft's texts can stand in a configuration at all. */
export function writingFault({ topic, place }: PointDraft): string | undefined {
  const fault = topicFault(topic)
  if (fault !== undefined) return fault.reason
  const keys = Object.keys(place.where ?? {})
  if (keys.some((key) => key.length > 200 || /[{}]/.test(key)))
    return 'it would be told apart by a member whose name no key can hold'
  const texts = [place.at, place.records ?? '', ...keys, ...Object.values(place.where ?? {})]
  return texts.some((text) => text.length > 1_000 || /\p{Cs}/u.test(text))
    ? 'a name in it is too long, or no text'
    : undefined
}

/** Keys and what is written behind them, in the order in which people read them. */
function keysOf(draft: PointDraft, names: ReadonlyMap<PointDraft, string>): [key: string, written: string][] {
  const { topic, place, unit, factor, decimal, isRegister, hold, time, everyS, role, gateway } = draft
  const where = Object.entries(place.where ?? {}).map(([at, is]) => `${quoted(at)}: ${quoted(is)}`)
  const keys: [string, string | undefined][] = [
    ['topic', quoted(topic)],
    ['format', place.format],
    ['cells', place.cells === undefined ? undefined : quoted(place.cells)],
    ['records', place.records === undefined ? undefined : quoted(place.records)],
    ['where', where.length === 0 ? undefined : `{ ${where.join(', ')} }`],
    ['at', place.at === '' ? undefined : quoted(place.at)],
    ['decimal', decimal === ',' ? '","' : undefined],
    ['timeAt', time === undefined ? undefined : quoted(time.is)],
    ['unit', unit === undefined ? '"?"' : `"${unit.is}"`],
    ['factor', factor === 1 ? undefined : String(factor)],
    ['register', isRegister ? '{}' : undefined],
    ['hold', hold ? 'true' : undefined],
    ['everyS', String(everyS.is)],
    ['role', role?.is],
    ['meter', draft.meter === undefined ? undefined : bareName(draft.meter)],
    ['parent', draft.parent === undefined ? undefined : bareName(names.get(draft.parent.is) ?? '')],
    ['gateway', gateway === undefined ? undefined : quoted(nameOfText(gateway.is))],
  ]
  return keys.flatMap(([key, written]) => (written === undefined ? [] : [[key, written]]))
}

/** How each part is known, told apart by its trust; what is guessed is called so. */
function reasonsOf({ unit, time, everyS, role, gateway, measured, hold, parent }: PointDraft): string[] {
  const parts: [what: string, known: Known<unknown> | undefined][] = [
    [`unit ${unit?.is ?? ''}`, unit],
    ['time', time],
    [`every ${everyS.is} s${hold ? ', holds between' : ''}`, everyS],
    [`role ${role?.is ?? ''}`, role],
    [`gateway`, gateway],
    ['parent', parent],
  ]
  const told = parts.flatMap(([what, known]) =>
    known === undefined ? [] : [{ trust: known.trust, text: `${what}, ${known.why}` }],
  )
  const byTrust = [...Map.groupBy(told, ({ trust }) => trust)]
  const reasons = byTrust.map(([trust, of]) => `${trust}: ${of.map(({ text }) => text).join('; ')}`)
  const isMeter = measured === 'power' || measured === 'energy'
  return role === undefined && isMeter ? [...reasons, 'question: which role?'] : reasons
}

function boundarySection(boundaries: readonly BoundaryDraft[], names: ReadonlyMap<PointDraft, string>): SiteSection {
  const taken = new Set<string>()
  const entries = boundaries.map(({ name, facility, it, category, why, questions }) => {
    const list = (drafts: readonly PointDraft[]): string =>
      `[${drafts.map((draft) => bareName(names.get(draft) ?? '')).join(', ')}]`
    const own = bareName(uniqueName(name, taken))
    const written = `${own}: { facility: ${list(facility)}, it: ${list(it)}, category: ${category} }`
    const isSure = questions.length === 0
    const lines = [
      ...why.map((line) => `  # ${shown(line, LONGEST_REASON)}`),
      ...questions.map((line) => `  # question: ${shown(line, LONGEST_REASON)}`),
      `  ${isSure ? '' : '# '}${written}`,
    ]
    return { lines, counts: isSure }
  })
  return { key: 'boundaries', comment: 'PUE = energy of facility / energy of it', entries }
}

/** Of those that ask, so many are listed. */
const MOST_ASKING = 100

function inletSection(inlets: readonly InletDraft[], names: ReadonlyMap<PointDraft, string>): SiteSection {
  const taken = new Set<string>()
  const inOrder = inlets.toSorted((a, b) => a.questions.length - b.questions.length)
  const asking = inlets.filter(({ questions }) => questions.length > 0).length
  const written = inOrder.slice(0, inlets.length - asking + MOST_ASKING)
  const entries: SiteEntry[] = written.map(({ wish, dryBulb, humidity, dewPoint, why, questions }) => {
    const nameOf = (draft: PointDraft): string => bareName(names.get(draft) ?? '')
    const moisture = humidity
      ? `, humidity: ${nameOf(humidity)}`
      : dewPoint
        ? `, dewPoint: ${nameOf(dewPoint)}`
        : ', moisture: unmeasured'
    const entry = `${bareName(uniqueName(wish, taken))}: { dryBulb: ${nameOf(dryBulb)}${moisture}, class: A1 }`
    const isSure = questions.length === 0
    const lines = isSure
      ? [`  ${entry} # ${shown(why, LONGEST_REASON)}; class A1`]
      : [`  # ${entry}`, ...questions.map((line) => `  #   question: ${line}`)]
    return { lines, counts: isSure }
  })
  const more = inlets.length - written.length
  if (more > 0) entries.push({ lines: [`  # ${more} more ask likewise`], counts: false })
  const comment = 'where air enters equipment; guess: class A1, the strictest of A1 to A4'
  return { key: 'inlets', comment, entries }
}

function ignoreSection({ rules, left, partial }: SiteDraft['ignored']): SiteSection[] {
  const entries: SiteEntry[] = [
    ...rules.map((rule) => ({ lines: [`  - ${quoted(rule)}`], counts: true })),
    ...partial.map(({ topic, without }) => {
      const rule = `{ topic: ${quoted(topic)}, without: ${quoted(without)} }`
      return { lines: [`  - ${rule} # without a number of a point`], counts: true }
    }),
  ]
  if (left > 0) {
    const note = `# note: ${left} more topics are read by no point, and could not be listed`
    entries.push({ lines: [note], counts: false })
  }
  return entries.length === 0 ? [] : [{ key: 'ignore', comment: 'heard, and read by no point', entries }]
}
