/** @import { PlannedWork, View } from './types.ts' */
import { byId, make, say } from './elements.js'
import { nowMs } from './view.js'
import { clock } from './words.js'

/** Planned work: what goes on, what comes, and its share of the time of all inlets. */

const SHOWN = 20
/** Windows whose share is told, in words. */
const WINDOWS = [
  ['24h', 'the last 24 h'],
  ['month_to_date', 'this month'],
  ['year_to_date', 'this year'],
]
const PLACES = /** @type {const} */ (['hall', 'rack', 'gateway', 'class'])

/**
 * @param {View} view
 * @param {{ work: PlannedWork[], share: Record<string, number> }} planned
 */
export function showPlanned(view, { work, share }) {
  const told = WINDOWS.flatMap(([window = '', words]) => {
    const pct = share[window]
    return pct === undefined || pct < 0.05 ? [] : [`${pct.toFixed(1)} % of ${words}`]
  })
  const left = work.filter(({ untilMs, nextMs, fault }) => (untilMs ?? nextMs ?? fault) !== undefined)
  const entries = left.slice(0, SHOWN).map((it) => entry(view, it))
  if (left.length > SHOWN) entries.push(make('li', { class: 'muted' }, `and ${left.length - SHOWN} more`))
  byId('planned-part').hidden = left.length === 0 && told.length === 0
  byId('planned').replaceChildren(...entries)
  say(byId('planned-share'), told.length === 0 ? '' : `Time of all inlets: ${told.join(', ')}.`)
}

/**
 * @param {View} view
 * @param {PlannedWork} work
 */
function entry(view, work) {
  const { name, untilMs, nextMs, hours, who, why, rrule, fault } = work
  const places = PLACES.flatMap((place) => (work[place] === undefined ? [] : [`${place} ${work[place]}`]))
  const where = places.length === 0 ? 'the whole site' : places.join(', ')
  const at = (/** @type {number} */ tMs) => clock(tMs, nowMs(view), view.site?.timezone ?? 'UTC')
  const when =
    untilMs !== undefined
      ? `until ${at(untilMs)}`
      : nextMs !== undefined
        ? `${at(nextMs)}, ${Number(hours.toFixed(1))} h`
        : (fault ?? '')
  return make(
    'li',
    { title: rrule === undefined ? '' : `again by ${rrule}` },
    make(
      'span',
      { class: `word ${untilMs === undefined ? '' : 'shelved'}` },
      untilMs === undefined ? 'planned' : 'goes on',
    ),
    make('span', { class: 'message' }, `${name}, ${where}, ${when}: ${why} (${who})`),
  )
}
