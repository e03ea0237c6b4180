import { draftByName } from './by-name.ts'
import { draftOf, isDeviceOwn, numbersOfSeries, sharedQuestion } from './build.ts'
import { baseOf, isMeter, type PointDraft } from '../draft.ts'
import { type Ear, type NumberSeries, type TopicHeard } from '../heard/ear.ts'
import { documentedAt, familyOf, type OfFamily } from '../families/families.ts'
import { draftsOfBirths } from './births.ts'
import { draftsOfMetadata } from './dsx.ts'
import { draftsOfHomeAssistant } from './home-assistant.ts'
import type { NumberPlace } from '../heard/members.ts'
import { isOfPhase } from './words.ts'

/** Takes a number of a topic for one source; undefined: there is none, or a source that counts more has it already. */
export type Claim = (
  topic: string,
  fits: (place: NumberPlace) => boolean,
) => { heard: TopicHeard; series: NumberSeries } | undefined

/** Every number of which something is known or can be guessed, from the most trusted source that has it. */
export function recognise(ear: Ear): PointDraft[] {
  const taken = new Set<NumberSeries>()
  const claim: Claim = (topic, fits) => {
    const heard = ear.topics.get(topic)
    const series = [...(heard?.series.values() ?? [])].find((it) => fits(it.place) && !taken.has(it))
    if (heard === undefined || series === undefined) return undefined
    taken.add(series)
    return { heard, series }
  }
  const drafts = [...draftsOfBirths(ear), ...draftsOfMetadata(ear, claim), ...draftsOfHomeAssistant(ear, claim)]
  for (const heard of ear.topics.values()) {
    const known = familyOf(heard.topic)
    for (const series of heard.series.values()) {
      if (taken.has(series)) continue
      const draft = known === undefined ? draftByName(ear, heard, series) : draftOfFamily(ear, heard, series, known)
      if (draft !== undefined) drafts.push(draft)
    }
  }
  return ofOneFormat(withoutTwins(toldApart(withoutPhases(drafts))))
}

function draftOfFamily(ear: Ear, heard: TopicHeard, series: NumberSeries, known: OfFamily): PointDraft | undefined {
  const { family, device, gateway: through } = known
  const { records = '', at, where = {} } = series.place
  const gateway = through === undefined ? undefined : { is: through, trust: 'documented' as const, why: family.name }
  const found = documentedAt(known, `${records}${at}`)
  if (found === undefined) {
    return family.others === 'nothing'
      ? undefined
      : draftByName(ear, heard, series, { family: family.name, device, gateway })
  }
  const { number, part } = found
  const chosen = Object.values(where)
  const names = [[device, ...chosen].filter((it) => it !== '').join('-'), part]
  if (isDeviceOwn(chosen)) return undefined
  const unit = number.unit ?? unitOfDevice(heard, series)
  return draftOf(ear, numbersOfSeries(heard, series), {
    measured: number.measured,
    unit: unit === undefined ? undefined : { is: unit, trust: 'documented', why: family.name },
    ...(number.factor !== undefined && { factor: number.factor }),
    isRegister: number.isRegister ?? false,
    part: JSON.stringify([family.name, device, chosen, part]),
    names:
      part === '' || /^(?:0|ENERGY|sensor|SHT\w*|AM23\w*|BME\w*|DHT\w*)$/.test(part)
        ? names.slice(0, 1)
        : [names.join('-'), ...names],
    gateway,
    questions: sharedQuestion(heard, series.place),
  })
}

/** Devices that can be set to °C or °F: Tasmota says which, others are told by the range. */
function unitOfDevice({ series }: TopicHeard, { newest, least, most }: NumberSeries): string | undefined {
  const { TempUnit: said } = newest.beside
  if (said === 'C' || said === 'F') return `°${said}`
  return series.size > 0 && least >= 5 && most <= 40 ? '°C' : undefined
}

/** A phase is counted by its sum already; where there is no sum, phases stand for themselves. */
function withoutPhases(drafts: readonly PointDraft[]): PointDraft[] {
  const sums = new Set(
    drafts.filter((it) => !isOfPhase(lastName(it))).map(({ part, measured }) => `${part} ${measured}`),
  )
  return drafts.filter((it) => !isOfPhase(lastName(it)) || !sums.has(`${it.part} ${it.measured}`))
}

/** Numbers of one device that would have one name, such as import and export, take their own names into it. */
function toldApart(drafts: readonly PointDraft[]): PointDraft[] {
  const alike = Map.groupBy(drafts, ({ wish }) => wish)
  return drafts.map((draft) => {
    const owns = (alike.get(draft.wish) ?? []).map(lastName)
    const isTold = owns.length > 1 && new Set(owns).size === owns.length && draft.words.length > 1
    return isTold ? { ...draft, wish: `${draft.words[0]}-${lastName(draft)}` } : draft
  })
}

function lastName({ words }: PointDraft): string {
  return words.at(-1) ?? ''
}

/**
 * The same numbers on two topics, as where a gateway publishes a device again, are one meter. The better known counts,
 * the other asks. What never changed tells nothing, unless the two are one part of a device. Of air nothing is summed.
 */
function withoutTwins(drafts: readonly PointDraft[]): PointDraft[] {
  const byPart = new Map<string, PointDraft>()
  const byValue = new Map<string, PointDraft[]>()
  for (const draft of drafts) {
    const key = draft.unit?.trust === 'documented' ? `${draft.part} ${draft.measured}` : undefined
    const values = [
      ...new Set((isMeter(draft) ? draft.samples.slice(-4) : []).map(({ value }) => valueKey(draft, value))),
    ]
    const near = new Set(values.flatMap((value) => byValue.get(value) ?? []))
    const twin =
      (key === undefined ? undefined : byPart.get(key)) ??
      [...near].find((it) => !areObjects(it, draft) && areAlike(it, draft))
    if (twin !== undefined) {
      const where = twin.topic === draft.topic ? 'another number of this topic' : `the topic ${twin.topic}`
      draft.questions.push(`is it the same as ${where}, of which it tells the same? Then it would count twice`)
      continue
    }
    if (key !== undefined) byPart.set(key, draft)
    for (const value of values) byValue.set(value, [...(byValue.get(value) ?? []).slice(-MOST_ALIKE), draft])
  }
  return [...drafts]
}

/** Objects of DSX are told apart by their ids: a meter and the one rack that it serves read alike. */
function areObjects(a: PointDraft, b: PointDraft): boolean {
  return a.place.format === 'dsx' && b.place.format === 'dsx' && a.part !== b.part
}

/** Drafts that share one value by chance need not all be compared. */
const MOST_ALIKE = 32

function valueKey(draft: PointDraft, value: number): string {
  return `${draft.measured} ${baseOf(draft, value).toPrecision(6)}`
}

function areAlike(a: PointDraft, b: PointDraft): boolean {
  const [first = [], second = []] = [a, b].map((it) => it.samples.map(({ value }) => baseOf(it, value)))
  const length = Math.min(first.length, second.length) - 1
  if (length < 3 || new Set(second).size < 4) return false
  // One of the two may have been heard once more than the other
  return [first.slice(-length), first.slice(-length - 1, -1)].some((values) =>
    [second.slice(-length), second.slice(-length - 1, -1)].some((others) =>
      values.every((value, n) => Math.abs(value - (others[n] ?? NaN)) <= 1e-6 * Math.abs(value)),
    ),
  )
}

/** A topic has one format: what few of its messages are is asked about. */
function ofOneFormat(drafts: readonly PointDraft[]): PointDraft[] {
  const weights = new Map<string, Map<string, number>>()
  for (const { topic, place, samples } of drafts) {
    const formats = weights.get(topic) ?? new Map<string, number>()
    weights.set(topic, formats)
    const format = formatKey(place)
    formats.set(format, Math.max(formats.get(format) ?? 0, samples.length))
  }
  for (const draft of drafts) {
    const formats = [...(weights.get(draft.topic) ?? [])].sort((a, b) => b[1] - a[1])
    if (formats.length < 2 || formats[0]?.[0] === formatKey(draft.place)) continue
    draft.questions.push('which of its messages count? Others of this topic have another format, and a topic has one')
  }
  return [...drafts]
}

function formatKey({ format, cells }: NumberPlace): string {
  return JSON.stringify([format, cells])
}
