import type { Draft } from '../faults.ts'
import { kindOf, type Point, type Readable } from '../readable.ts'
import { deviceTopicFault, fitsFilter } from '../strings.ts'
import { isSparkplug, parseSparkplugTopic } from '../../ingest/sparkplug/topics.ts'

/** What is wrong with how points read their topics, and with what is ignored. */
export function wiringDrafts({ points, written }: Readable): Draft[] {
  const drafts: Draft[] = []
  for (const [name, point] of points) checkReading(drafts, ['points', name], point)
  checkFormats(drafts, points)
  checkNumbers(drafts, points)
  checkOwnBroker(drafts, written, points)
  checkIgnored(drafts, written['ignore'], points)
  checkHost(drafts, written)
  return drafts
}

function add(drafts: Draft[], path: PropertyKey[], reason: string, hint?: Draft['hint'], part?: Draft['part']): void {
  drafts.push({ path, part: part ?? 'content', reason, hint })
}

/** What says nothing of a metric: it has one number, its own time and its own unit's name. */
const NOT_OF_METRICS = [
  ...(['records', 'where', 'plus', 'cells', 'format', 'unitAt', 'seq'] as const),
  ...(['timeForm', 'epoch', 'timeUnit', 'timezone'] as const),
] as const

function checkMetric(drafts: Draft[], path: string[], point: Point): void {
  const { topic = '', timeAt } = point
  if (!isSparkplug(topic)) return
  const verb = parseSparkplugTopic(topic)?.verb
  if (verb !== 'DDATA' && verb !== 'NDATA') {
    const hint =
      'write spBv1.0/GROUP/DDATA/NODE/DEVICE, or spBv1.0/GROUP/NDATA/NODE; births and deaths are read with it'
    add(drafts, [...path, 'topic'], 'is not the topic of the data of a Sparkplug node', hint)
  }
  if (point.at === undefined) {
    add(drafts, [...path, 'topic'], 'has many metrics', 'name one of them: `at: /Meter/ActivePower`')
  }
  for (const key of NOT_OF_METRICS) {
    if (point[key] !== undefined) add(drafts, [...path, key], 'says nothing of a metric', 'remove it', 'key')
  }
  if (timeAt !== undefined && timeAt !== 'none') {
    add(drafts, [...path, 'timeAt'], 'a metric has its own time', 'remove it, or write `none`', 'key')
  }
}

function checkReading(drafts: Draft[], path: string[], point: Point): void {
  checkMetric(drafts, path, point)
  const kind = point.unit === undefined ? undefined : kindOf(point)
  if (kind === 'register' && (point.offset ?? 0) !== 0) {
    const hint = 'remove it: energy is the difference of two counts'
    add(drafts, [...path, 'offset'], 'has no effect on a running count', hint, 'key')
  }
  if (point.stamp === 'start') {
    if (kind === 'power' || kind === 'register' || kind === 'gauge') {
      const hint = 'remove it, or declare `kind: mean` or `kind: energy`'
      add(drafts, [...path, 'stamp'], `a point of kind ${kind} is of one moment`, hint, 'key')
    } else if (point.timeAt === 'none') {
      add(drafts, [...path, 'stamp'], '`timeAt: none` leaves no stamp', 'remove one of them', 'key')
    }
  }
  for (const key of ['timeForm', 'epoch', 'timeUnit', 'timezone'] as const) {
    if (point.timeAt !== 'none' || point[key] === undefined) continue
    add(drafts, [...path, key], 'has no effect: with `timeAt: none` arrival counts', 'remove one of them', 'key')
  }
  for (const key of ['timeForm', 'epoch', 'timeUnit', 'timezone'] as const) {
    if ((point.format !== 'senml' && point.format !== 'dsx') || point[key] === undefined) continue
    add(drafts, [...path, key], `times of ${point.format} need no telling`, 'remove it', 'key')
  }
  if (point.timeForm !== undefined && point.timezone === undefined) {
    add(
      drafts,
      [...path, 'timeForm'],
      'a local time needs its `timezone`',
      'add `timezone`, such as Europe/Paris',
      'key',
    )
  }
  if (point.cells !== undefined && !/^\/\d+$/.test(point.at ?? '')) {
    add(drafts, [...path, 'cells'], 'needs `at`, the place of the cell', 'write `at: /0` for the first cell', 'key')
  }
}

/** What `check` finds odd: two points that read the same number of the same messages. */
export function twinDrafts({ points }: Readable): Draft[] {
  const drafts: Draft[] = []
  const seen = new Map<string, string>()
  for (const [name, point] of points) {
    const { topic, at = '/value', records, where, plus } = point
    if (topic === undefined) continue
    const selection = where === undefined ? undefined : Object.entries(where).map(([key, is]) => [key, String(is)])
    const key = JSON.stringify([topic, at, records, selection?.sort(), plus])
    const other = seen.get(key)
    if (other !== undefined) {
      const hint = 'correct `topic` or `at`, or say whose messages count: where: { /channel: 1 }'
      add(drafts, ['points', name], `reads the same number of the same messages as "${other}"`, hint, 'key')
    } else seen.set(key, name)
  }
  return drafts
}

/** A topic has one format, for all points that read it. */
function checkFormats(drafts: Draft[], points: Readable['points']): void {
  const formats = new Map<string, string>()
  for (const [name, { topic, cells, format }] of points) {
    if (cells !== undefined && format !== undefined) {
      add(drafts, ['points', name, 'cells'], `a message of ${format} is no line of cells`, 'remove one of them', 'key')
    }
    if (topic === undefined) continue
    const own = JSON.stringify([cells, format])
    const other = formats.get(topic)
    if (other !== undefined && other !== own) {
      const what = cells === undefined && format === undefined ? 'a `format` or `cells`' : 'another `format` or `cells`'
      add(drafts, ['points', name], `another point of this topic has ${what}`, 'give all of them the same', 'key')
    } else formats.set(topic, own)
  }
}

/** Points that name one count of a topic say the same of it. */
function checkNumbers(drafts: Draft[], points: Readable['points']): void {
  const known = new Map<string, number | undefined>()
  for (const [name, { topic, seq, seqModulus, where }] of points) {
    if (seq === undefined) {
      if (seqModulus === undefined) continue
      add(drafts, ['points', name, 'seqModulus'], 'has no effect without `seq`', 'add `seq`, or remove it', 'key')
      continue
    }
    const key = JSON.stringify([topic, seq, where])
    if (known.has(key) && known.get(key) !== seqModulus) {
      const reason = 'another point of this topic says otherwise of the same numbers'
      add(drafts, ['points', name, 'seq'], reason, 'give all of them the same `seqModulus`, or only one of them `seq`')
    } else known.set(key, seqModulus)
  }
}

/** What the embedded broker refuses never comes. */
function checkOwnBroker(drafts: Draft[], { mqtt }: Readable['written'], points: Readable['points']): void {
  if (typeof mqtt !== 'object' || mqtt === null || !('listen' in mqtt)) return
  for (const [name, { topic = 'none' }] of points) {
    const fault = deviceTopicFault(topic)
    if (fault === undefined) continue
    const hint = 'have the device publish elsewhere, or use a broker of your own (mqtt.url)'
    add(drafts, ['points', name, 'topic'], `the embedded broker (mqtt.listen) takes no message on ${fault}`, hint)
  }
}

/** Whoever says that it is there needs a broker to say it to. */
function checkHost(drafts: Draft[], { sparkplug, mqtt }: Readable['written']): void {
  if (sparkplug === undefined || (typeof mqtt === 'object' && mqtt !== null && 'url' in mqtt)) return
  add(drafts, ['sparkplug'], 'needs a broker of the nodes', 'write `mqtt: { url: … }`, or remove it', 'key')
}

/** A rule for whole topics is for those that no point reads; one for messages is for those that some point does. */
function checkIgnored(drafts: Draft[], rules: unknown, points: Readable['points']): void {
  if (!Array.isArray(rules) || rules.length === 0) return
  const topics = new Map([...points].map(([name, { topic = '' }]) => [topic, name]))
  for (const [index, rule] of rules.entries()) {
    const isBare = typeof rule === 'string'
    const filter: unknown = isBare ? rule : (rule as { topic?: unknown } | null)?.topic
    if (typeof filter !== 'string') continue
    const read = [...topics].find(([topic]) => fitsFilter(topic, filter))?.[1]
    const isWhole = isBare || Object.keys(rule as object).length === 1
    const path = ['ignore', index, ...(isBare ? [] : ['topic'])]
    if (isWhole && read !== undefined) {
      const hint = 'say which messages: { topic, where: { /method: NotifyEvent } }, { topic, without: /kw }'
      add(drafts, path, `"${read}" reads this topic`, hint)
    } else if (!isWhole && read === undefined) {
      add(drafts, path, 'no point reads such a topic', 'correct it, or ignore the whole topic')
    }
  }
}
