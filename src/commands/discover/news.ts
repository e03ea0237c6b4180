import { fitsFilter } from '../../config/strings.ts'
import type { Config, PointConfig } from '../../config/config.ts'
import { shown } from '../check/payload.ts'
import { columnsOf } from '../columns.ts'
import { counts, type PointDraft } from './draft.ts'
import type { Ear } from './heard/ear.ts'
import { draftsOf } from './found.ts'
import { uniqueName } from './literal.ts'
import { pointLine } from './site-text.ts'

/** What a configured site does not read yet, as lines that can be put below `points:`. */
export function newsText(ear: Ear, { points, ignore }: Config): string {
  const all = Object.values(points)
  const isIgnored = (topic: string): boolean =>
    ignore.some(
      (rule) =>
        rule.where === undefined &&
        rule.without === undefined &&
        rule.text === undefined &&
        fitsFilter(topic, rule.topic),
    )
  const fresh = draftsOf(ear).filter((draft) => !isIgnored(draft.topic) && !all.some((point) => reads(point, draft)))
  if (fresh.length === 0) return 'nothing new: every number that was recognised is read, or ignored\n'
  const taken = new Set(Object.keys(points))
  const names = new Map(fresh.map((draft) => [draft, uniqueName(draft.wish, taken)]))
  const table = columnsOf([
    ['new', 'measures', 'unit', 'topic'],
    ...fresh.map((draft) =>
      [names.get(draft) ?? '', draft.measured, draft.unit?.is ?? '?', `${draft.topic} ${draft.place.at}`].map((word) =>
        shown(word, 80),
      ),
    ),
  ])
  const lines = fresh.filter(counts).flatMap((draft) => pointLine(draft, names))
  const asking = fresh.filter((it) => !counts(it)).flatMap((draft) => pointLine(draft, names))
  return `${[...table, '', 'points: # add what is wanted', ...lines, ...asking].join('\n')}\n`
}

/** Whether a point reads this number already; the topic of a template's member may have wildcards. */
function reads(point: PointConfig, { topic, place }: PointDraft): boolean {
  if (!fitsFilter(topic, point.topic) || (point.records ?? '') !== (place.records ?? '')) return false
  const own = (point.at ?? '/value') === (place.at === '' ? '/value' : place.at)
  const where = point.where ?? {}
  return (
    own && Object.entries(place.where ?? {}).every(([at, is]) => where[at] === undefined || String(where[at]) === is)
  )
}
