/** @import { Row, View } from './types.ts' */
import { byId, make, say } from './elements.js'
import { backButtons, orderButtons } from './orders.js'
import { nowMs, rowsOf } from './view.js'
import { clock, numberOf, plain, span, textOf } from './words.js'

/** Alarms that stand, worst first, and the last changes. */

const STANDING = new Set(['raised', 'chattering', 'acked', 'latched', 'stale', 'returned'])
/** Not told of for now: by an operator, by another alarm that explains it, by the configuration. */
const ASIDE = new Set(['shelved', 'suppressed', 'out_of_service'])
const RANK = ['critical', 'high', 'warning', 'low']
const SHOWN = 50
const TRANSITIONS = 20

/**
 * Alarms that stand, the worst first.
 * @param {View} view
 */
export function standingAlarms(view) {
  return rowsOf(view, 'alarm')
    .filter(({ fields }) => STANDING.has(String(fields['state'])))
    .toSorted((a, b) => rank(a) - rank(b) || b.timeMs - a.timeMs)
}

/** @param {View} view */
export function showAlarms(view) {
  const rows = rowsOf(view, 'alarm')
  const active = standingAlarms(view)
  const aside = rows.filter(({ fields }) => ASIDE.has(String(fields['state']))).toSorted((a, b) => b.timeMs - a.timeMs)
  say(byId('alarms-count'), countOf(active.length, aside.length))
  byId('alarms').dataset['worst'] = active[0]?.tags['severity'] ?? 'none'
  const list = active.slice(0, SHOWN).map((row) => activeEntry(view, row))
  if (active.length > SHOWN) list.push(make('li', { class: 'muted' }, `and ${active.length - SHOWN} more`))
  if (active.length === 0) list.push(make('li', { class: 'muted' }, nothing(view)))
  replaceIfChanged(byId('active'), list)
  const put = aside.slice(0, SHOWN).map((row) => asideEntry(view, row))
  if (aside.length > SHOWN) put.push(make('li', { class: 'muted' }, `and ${aside.length - SHOWN} more`))
  byId('aside-part').hidden = aside.length === 0
  replaceIfChanged(byId('aside'), put)
  const last = [...view.transitions.values()].toSorted((a, b) => b.timeMs - a.timeMs).slice(0, TRANSITIONS)
  const entries = last.map((row) => transition(view, row))
  replaceIfChanged(byId('transitions'), entries.length > 0 ? entries : [make('li', { class: 'muted' }, 'none so far')])
}

/** @param {Row} row */
function rank({ tags }) {
  const place = RANK.indexOf(tags['severity'] ?? '')
  return place < 0 ? RANK.length : place
}

/**
 * @param {number} active
 * @param {number} aside
 */
function countOf(active, aside) {
  return [active === 0 ? 'none active' : `${active} active`, ...(aside === 0 ? [] : [`${aside} set aside`])].join(', ')
}

/**
 * No alarm is good news only while readings come and we hear of them.
 * @param {View} view
 */
function nothing({ connection, pulse }) {
  if (connection.kind !== 'live') return 'None was active when the page lost its connection.'
  if (pulse?.newestMs === undefined) return 'None, but there is no reading yet.'
  return 'No active alarms.'
}

/**
 * @param {View} view
 * @param {Row} row
 */
function activeEntry(view, row) {
  const severity = row.tags['severity'] ?? ''
  return make(
    'li',
    { class: `alarm ${severity}` },
    make('span', { class: 'badge' }, severity),
    make(
      'button',
      {
        type: 'button',
        class: 'message',
        'data-open': row.tags['source'] ?? '',
        'data-alarm': row.tags['alarm'] ?? '',
      },
      textOf(row, 'message'),
    ),
    make('span', { class: 'muted number' }, `${textOf(row, 'state')}, since ${span(nowMs(view) - sinceMs(row))}`),
    ...orderButtons(view, row),
  )
}

/**
 * Its message says by whom, why and until when.
 * @param {View} view
 * @param {Row} row
 */
function asideEntry(view, row) {
  return make(
    'li',
    {},
    make('span', { class: `word ${textOf(row, 'state')}` }, plain(textOf(row, 'state'))),
    make('span', { class: 'message' }, textOf(row, 'message')),
    ...backButtons(view, row),
  )
}

/**
 * When the breach began; rows of earlier releases have only the time of their state.
 * @param {Row} row
 */
function sinceMs(row) {
  return numberOf(row, 'since_ms') ?? row.timeMs
}

/**
 * @param {View} view
 * @param {Row} row
 */
function transition(view, row) {
  return make(
    'li',
    {},
    make('span', { class: 'number' }, clock(row.timeMs, nowMs(view), view.site?.timezone ?? 'UTC')),
    make('span', { class: `word ${textOf(row, 'state')}` }, plain(textOf(row, 'state'))),
    make('span', { class: 'message' }, textOf(row, 'message')),
  )
}

/**
 * Leaves a list alone that says the same, so that it is not read out again each second.
 * @param {HTMLElement} list
 * @param {HTMLElement[]} entries
 */
function replaceIfChanged(list, entries) {
  const same =
    list.children.length === entries.length && entries.every((entry, n) => list.children[n]?.isEqualNode(entry))
  if (!same) list.replaceChildren(...entries)
}
