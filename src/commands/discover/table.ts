import { shown } from '../check/payload.ts'
import { columnsOf } from '../columns.ts'
import { counts, type PointDraft } from './draft.ts'
import type { FoundSite } from './found.ts'

const HEAD = ['point', 'measures', 'unit', 'every', 'role', 'topic', 'known by']

/** What was found, a line each, for a terminal: whatever the texts hold. */
export function tableText({ names, inlets, boundaries, leftOut, notes }: FoundSite): string {
  const line = (draft: PointDraft): string[] =>
    [
      names.get(draft) ?? '',
      draft.isRegister ? 'energy (count)' : draft.measured,
      draft.unit?.is ?? '?',
      `${draft.everyS.is} s`,
      draft.role?.is ?? '',
      `${draft.topic}${draft.place.at === '' ? '' : ` ${draft.place.at}`}`,
      draft.unit?.trust ?? 'question',
    ].map((word) => shown(word, 60))
  const inOrder = [...names.keys()]
  const [counting, asking] = [inOrder.filter(counts), inOrder.filter((it) => !counts(it))]
  const table = counting.length === 0 ? [] : columnsOf([HEAD, ...counting.map(line)])
  const questions = asking.map(
    (it) => `  ${shown(`${names.get(it) ?? ''} (${it.topic} ${it.place.at}): ${it.questions.join(' ')}`, 240)}`,
  )
  const sums = boundaries.flatMap(({ name, facility, it, why, questions: open }) =>
    open.length > 0
      ? open.map((question) => `  ${shown(`PUE of ${name}: ${question}`, 240)}`)
      : [
          `  ${shown(`PUE of ${name}: ${facility.length} meters of the whole, ${it.length} of IT; ${why.join('; ')}`, 240)}`,
        ],
  )
  const open = inlets.filter((it) => it.questions.length > 0).length
  return `${[
    ...table,
    ...(questions.length === 0 ? [] : ['', 'questions: these stand commented out', ...questions]),
    '',
    'boundaries',
    ...(sums.length === 0 ? ['  no meter was heard'] : sums),
    `inlets: ${inlets.length - open}${open === 0 ? '' : `, and ${open} that ask whether they are some`}`,
    ...notes.map((note) => `note: ${shown(note, 240)}`),
    ...(leftOut === 0 ? [] : [`left out: ${leftOut} points`]),
  ].join('\n')}\n`
}
