import type { Config, PointConfig } from '../config/config.ts'
import { dateReader, type ReadDate } from '../config/dated/dates.ts'
import type { Ignored } from '../config/point-schema.ts'
import { fitsFilter } from '../config/strings.ts'
import { parsePointer, type Pointer } from '../ingest/pointer.ts'
import type {
  PayloadFormat,
  IgnoreRule,
  NumberAt,
  RareKeys,
  RareTopic,
  Route,
  RouteGroup,
  RoutePoint,
} from '../ingest/route.ts'
import { isSparkplug } from '../ingest/sparkplug/topics.ts'
import { compileFields } from '../ingest/time-forms.ts'
import { parseInstant } from '../ingest/times.ts'
import { amountOfPoint, meteredBase, toBase, UNITS, type Conversion } from '../ingest/units.ts'
import { conditionsOf, numbersByTopic, type NumberedMessages } from './numberings.ts'
import { createMemo } from './memo.ts'

/** What reads each topic but those of Sparkplug nodes. */
export function routesOf(
  points: readonly PointConfig[],
  { ignore, limits, site }: Pick<Config, 'ignore' | 'limits' | 'site'>,
  numberings: readonly NumberedMessages[],
): Map<string, Route> {
  const numbersOf = numbersByTopic(numberings)
  const routed = createRouting(site.timezone)
  const plain = [...points.entries()].filter(([, { topic }]) => !isSparkplug(topic))
  const byTopic = Map.groupBy(plain, ([, { topic }]) => topic)
  return new Map(
    [...byTopic].map(([topic, members]): [string, Route] => {
      const all = members.map(([index, point]) => routed(point, index, members))
      return [topic, { points: all, rare: rareTopic(ignore, topic, members, all, numbersOf.get(topic)), limits }]
    }),
  )
}

function rareTopic(
  ignore: readonly Ignored[],
  topic: string,
  members: readonly Member[],
  all: readonly RoutePoint[],
  numbers: readonly NumberAt[] | undefined,
): RareTopic | undefined {
  const rules = ignore.filter((rule) => isConditional(rule) && fitsFilter(topic, rule.topic))
  const isPlain = members.every(([, { records, where }]) => records === undefined && where === undefined)
  const format = formatOf(members[0]?.[1])
  const hasLocalTime = all.some(({ time }) => time.timezone !== undefined)
  if (isPlain && rules.length === 0 && format === undefined && !hasLocalTime && numbers === undefined) return undefined
  return {
    groups: isPlain ? undefined : groupsOf(members, all),
    ignore: rules.length === 0 ? undefined : rules.map(ignoreRule),
    format,
    hasLocalTime,
    numbers,
  }
}

function formatOf({ cells, format }: Partial<PointConfig> = {}): PayloadFormat | undefined {
  if (cells !== undefined) return { kind: 'cells', separator: cells }
  return format === undefined ? undefined : { kind: format, separator: '' }
}

/** Tells of a topic that no point reads whether it is to be ignored. */
export function ignoredTopics({ ignore }: Config): (topic: string) => boolean {
  const filters = ignore.filter((rule) => !isConditional(rule)).map(({ topic }) => topic)
  const exact = new Set(filters)
  const wild = filters.filter((filter) => /[+#]/.test(filter))
  return (topic) => exact.has(topic) || wild.some((filter) => fitsFilter(topic, filter))
}

/** Values that the device sends in place of a reading, in base units: as declared, and as its own number gives them. */
export function invalidOf(point: PointConfig): number[] {
  const { factor, offset, invalid = [] } = point
  const conversion = conversionOf(point)
  return invalid.flatMap((declared) => {
    const raw = Math.round((declared - offset) / factor)
    const near = raw * factor + offset
    const isSame = Math.abs(near - declared) <= 1e-9 * Math.abs(declared)
    return (isSame ? [declared, near] : [declared]).map((value) => toBase(conversion, value) + 0)
  })
}

export function conversionOf({ unit, kind }: Pick<PointConfig, 'unit' | 'kind'>): Conversion {
  const conversion = UNITS[unit]
  if (conversion === undefined) throw new Error(`unknown unit ${unit}`)
  return kind === 'gauge' ? conversion : meteredBase(conversion)
}

type Member = [index: number, point: PointConfig]

/** An idle meter's noise where no rating is declared: less than any load that a data centre counts. */
const IDLE_W = 10
/** The same as a share of the rating, unless the meter's class is wider. */
const IDLE_SHARE = 0.005

/** Where a resolved SenML record has its unit. */
const SENML_UNIT = '/u'

/** How points read messages; what several of them have in common is made once. */
export function createRouting(
  timezone: string,
): (point: PointConfig, index: number, members: readonly Member[]) => RoutePoint {
  const read = dateReader(timezone)
  const [pointers, times, sources] = [
    createMemo<string[]>(),
    createMemo<RoutePoint['time']>(),
    createMemo<readonly number[]>(),
  ]
  const tokens = (pointer: string) => pointers(pointer, () => parsePointer(pointer))
  return (point, index, members) => {
    const { at, timeAt, factor, offset } = point
    const dateAt = typeof timeAt === 'object' ? timeAt[0] : timeAt === 'none' ? undefined : timeAt
    return {
      point: index,
      at: at === undefined ? undefined : tokens(at),
      rare: rareKeys(point, read, (source) =>
        sources(JSON.stringify([point.topic, source]), () =>
          members.filter(([, other]) => sourceKey(other) === source).map(([other]) => other),
        ),
      ),
      factor,
      offset,
      conversion: conversionOf(point),
      idleFrom: idleFrom(point),
      timeAt: dateAt === undefined ? undefined : tokens(dateAt),
      time: times(`${point.timeUnit} ${point.timezone} ${point.epoch} ${point.timeForm}`, () => timeRule(point)),
      retained: point.retained,
      unit: point.unit,
    }
  }
}

/** What few points declare; undefined for one that declares nothing of it. */
function rareKeys(
  point: PointConfig,
  read: ReadDate,
  sourceOf: (key: string) => readonly number[],
): RareKeys | undefined {
  const { plus, timeAt, kind, everyS, decimal, stamp, timezone } = point
  const where = point.where === undefined ? [] : conditionsOf(point.where)
  const factors = factorsOf(point, read)
  // The core judges gauges by their values, which one word for nothing has several of under several factors
  const isJudged = kind === 'gauge' && factors === undefined
  const invalid = isJudged || point.invalid === undefined ? undefined : invalidOf(point)
  const isRare =
    factors !== undefined || where.length > 0 || plus !== undefined || decimal !== '.' || invalid !== undefined
  const unitAt = point.unitAt ?? (point.format === 'senml' ? SENML_UNIT : undefined)
  const isTimed = timeAt === 'none' || typeof timeAt === 'object' || stamp === 'start' || timezone !== undefined
  if (!isRare && !isTimed && unitAt === undefined) return undefined
  return {
    where: where.length === 0 ? undefined : where,
    plus: (plus ?? (unitAt === undefined ? undefined : []))?.map((more) => ({
      at: parsePointer(more.at),
      factor: more.factor,
    })),
    decimal,
    unitAt: unitAt === undefined ? undefined : parsePointer(unitAt),
    invalid,
    factors,
    atArrival: timeAt === 'none',
    timeOfDayAt: typeof timeAt === 'object' ? parsePointer(timeAt[1]) : undefined,
    stampShiftMs: stamp === 'start' ? everyS * 1000 : 0,
    source: sourceOf(sourceKey(point)),
    everyMs: everyS * 1000,
  }
}

/** A reading has the factor of its stamp; one that is of the time before its stamp, that of this time. */
function factorsOf({ kind, factors }: PointConfig, read: ReadDate): RareKeys['factors'] {
  if (factors === undefined || kind === 'register') return undefined
  const shiftMs = kind === 'mean' || kind === 'energy' ? 1 : 0
  return factors.map(({ from, factor }) => ({ fromMs: read(from) + shiftMs, factor }))
}

function timeRule({ timeUnit: unit, timezone, timeForm, epoch }: PointConfig): RoutePoint['time'] {
  const form = timeForm === undefined ? undefined : compileFields(timeForm)
  if (typeof form === 'string') throw new Error(`the time form ${timeForm} passed the checks: ${form}`)
  return { unit, timezone, form, zeroMs: epoch === undefined ? undefined : parseInstant(epoch) }
}

/** What devices on one topic, or the clocks of one device, differ in. */
function sourceKey({ where, records, timezone, stamp }: PointConfig): string {
  return JSON.stringify([where, records, timezone, stamp])
}

/** Negative values of a meter of consumption down to this one are its zero, base units. */
function idleFrom({ unit, kind, min, maxKw, accuracyPct = 0, everyS }: PointConfig): number {
  if (min !== undefined || kind === 'gauge' || kind === 'register' || amountOfPoint({ unit, kind }) === 'temperature')
    return 0
  const idleW = maxKw === undefined ? IDLE_W : maxKw * 1000 * Math.max(IDLE_SHARE, accuracyPct / 100)
  return -idleW * (kind === 'energy' ? everyS : 1)
}

function groupsOf(members: readonly Member[], all: readonly RoutePoint[]): RouteGroup[] {
  const byList = Map.groupBy(members.entries(), ([, [, { records }]]) => records)
  return [...byList].map(([records, group]) => ({
    records: records === undefined ? undefined : parsePointer(records),
    points: group.flatMap(([place]) => all[place] ?? []),
  }))
}

function isConditional({ where, without, text }: Ignored): boolean {
  return where !== undefined || without !== undefined || text !== undefined
}

function ignoreRule({ where, without, text }: Ignored): IgnoreRule {
  const pointer: Pointer | undefined = without === undefined ? undefined : parsePointer(without)
  const texts = text === undefined ? undefined : typeof text === 'string' ? [text] : text
  return { where: conditionsOf(where), without: pointer, texts }
}
