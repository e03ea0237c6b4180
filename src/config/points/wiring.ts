import type { Draft } from '../faults.ts'
import { kindOf, type Point, type Readable } from '../readable.ts'
import { fitsFilter } from '../strings.ts'

/** What is wrong with how points read their topics, and with what is ignored. */
export function wiringDrafts({ points, written }: Readable): Draft[] {
  const drafts: Draft[] = []
  for (const [name, point] of points) checkReading(drafts, ['points', name], point)
  checkCells(drafts, points)
  checkIgnored(drafts, written['ignore'], points)
  return drafts
}

function add(drafts: Draft[], path: PropertyKey[], reason: string, hint?: Draft['hint'], part?: Draft['part']): void {
  drafts.push({ path, part: part ?? 'content', reason, hint })
}

function checkReading(drafts: Draft[], path: string[], point: Point): void {
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

/** A line of cells is one for all points of its topic. */
function checkCells(drafts: Draft[], points: Readable['points']): void {
  const cells = new Map<string, Point['cells']>()
  for (const [name, point] of points) {
    const { topic } = point
    if (topic === undefined) continue
    if (cells.has(topic) && cells.get(topic) !== point.cells) {
      add(drafts, ['points', name], 'another point of this topic has other `cells`', 'give all of them the same', 'key')
    } else cells.set(topic, point.cells)
  }
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
