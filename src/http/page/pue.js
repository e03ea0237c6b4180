/** @import { Row, View } from './types.ts' */
import { byId, fill, make, pair, say } from './elements.js'
import { indicatorRow, indicatorTargets, nowMs, pueRow, pueTargets, staleAfterMs } from './view.js'
import { clock, fixed, NONE, numberOf, percent, plain, power, span, textOf } from './words.js'

/** The live PUE and the PUE of every window, each with its quality beside it. */

const STALE_MS = 30_000
/** Beyond this an old value is not worth showing. */
const GONE_MS = 600_000
const HOUR_MS = 3_600_000
/** Rows of an indicator over more than a day come each hour. */
const LONGEST_STEP_MS = HOUR_MS
/** A change below this is no change that anyone acts on. */
const STEADY = 0.005
const CALENDAR = new Set(['day', 'month', 'year'])

/** @param {View} view */
export function showNow(view) {
  const row = pueRow(view, 'live')
  const pue = numberOf(row, 'pue')
  const ageMs = row === undefined ? Infinity : nowMs(view) - row.timeMs
  const isGone = pue === undefined || ageMs > GONE_MS
  const state = isGone ? 'none' : ageMs > STALE_MS || view.connection.kind !== 'live' ? 'stale' : 'fresh'
  byId('pue').dataset['state'] = state
  say(byId('pue-number'), isGone ? NONE : fixed(pue, 2))
  const name = row === undefined ? 'PUE' : textOf(row, 'name')
  say(byId('now-title'), `${name} now${view.boundary === undefined ? '' : ` · ${view.boundary}`}`)
  say(byId('pue-uncertainty'), isGone ? '' : uncertaintyText(view))
  byId('quality').replaceChildren(...(isGone ? noValue(view, row) : quality(row, state, ageMs)))
  byId('sums').replaceChildren(...sums(view))
}

/**
 * The live value has none of its own: that of the shortest window that has one stands for it, and says so.
 * @param {View} view
 */
function uncertaintyText(view) {
  for (const window of view.site?.windows ?? []) {
    const uncertainty = numberOf(pueRow(view, window), 'uncertainty')
    if (uncertainty !== undefined) return `± ${fixed(uncertainty, 3)} (${plain(window)}, k = 2)`
  }
  return '± not known'
}

/**
 * The newest PUE of the course beside the one an hour before.
 * @param {readonly Row[]} course of one window, rising in time
 */
export function showDirection(course) {
  const last = course.findLast((row) => numberOf(row, 'pue') !== undefined)
  const beforeMs = (last?.timeMs ?? NaN) - HOUR_MS
  const before = course.findLast((row) => row.timeMs <= beforeMs && numberOf(row, 'pue') !== undefined)
  const isNear = before !== undefined && beforeMs - before.timeMs < HOUR_MS / 4
  const change = isNear ? (numberOf(last, 'pue') ?? NaN) - (numberOf(before, 'pue') ?? NaN) : NaN
  const way = Number.isNaN(change) ? 'unknown' : Math.abs(change) < STEADY ? 'steady' : change > 0 ? 'up' : 'down'
  const words = {
    unknown: 'trend not known yet',
    steady: '→ as an hour ago',
    up: `▲ ${fixed(change, 3)} above an hour ago`,
    down: `▼ ${fixed(-change, 3)} below an hour ago`,
  }
  byId('pue-trend').dataset['way'] = way
  say(byId('pue-trend'), words[way])
}

/**
 * @param {View} view
 * @param {Row | undefined} row
 */
function noValue(view, row) {
  if (view.boundary === undefined) return [pair('value', 'no boundary is configured')]
  if (row === undefined) return [pair('value', 'no data yet: facility and IT power must both be known')]
  return [pair('value', make('strong', {}, `none for ${span(nowMs(view) - row.timeMs)}`))]
}

/**
 * @param {Row | undefined} row
 * @param {string} state
 * @param {number} ageMs
 */
function quality(row, state, ageMs) {
  const stale = state === 'stale'
  const age = make('span', { id: 'pue-age', class: stale ? 'warn' : '' }, `${stale ? 'stale: ' : ''}${span(ageMs)} old`)
  const suspect = row?.fields['suspect'] === true
  return [
    pair('coverage', meter(numberOf(row, 'coverage'))),
    pair('state', textOf(row, 'state')),
    pair('revision', textOf(row, 'revision')),
    pair('age', age),
    ...(estimated(row) === '' ? [] : [pair('estimated', estimated(row))]),
    ...(suspect ? [pair('suspect', make('strong', {}, suspicion(row)))] : []),
  ]
}

/**
 * What of the energy is estimated; nothing is said of less than a thousandth.
 * @param {Row | undefined} row
 */
function estimated(row) {
  const share = numberOf(row, 'estimated_share') ?? 0
  return share < 0.001 ? '' : percent(share)
}

/** @param {Row | undefined} row */
function suspicion(row) {
  return (numberOf(row, 'pue') ?? 0) < 1 ? 'facility is below IT' : 'too high to be plausible, or counted too coarsely'
}

/**
 * Power behind the quotient, from the shortest window, and the targets.
 * @param {View} view
 */
function sums(view) {
  const shortest = view.site?.windows[0] ?? '5m'
  const row = pueRow(view, shortest)
  const knownS = (numberOf(row, 'coverage') ?? 0) * windowS(shortest)
  const isOld = row === undefined || nowMs(view) - row.timeMs > staleAfterMs(view)
  /** @param {string} name */
  const watts = (name) => {
    const joules = numberOf(row, name)
    return isOld || joules === undefined || !(knownS > 0) ? undefined : joules / knownS
  }
  return [
    pair('facility', power(watts('facility_j'))),
    pair('IT', power(watts('it_j'))),
    ...pueTargets(view).map((target) => targetPair(view, target)),
    ...indicatorTargets(view).map((target) => indicatorPair(view, target)),
  ]
}

/**
 * A target with what the PUE of its own window says of it.
 * @param {View} view
 * @param {{ window: string, limit: number }} target
 */
function targetPair(view, { window, limit }) {
  const row = pueRow(view, CALENDAR.has(window) ? `${window}_to_date` : window)
  const isOld = row === undefined || nowMs(view) - row.timeMs > staleAfterMs(view)
  const pue = isOld ? undefined : numberOf(row, 'pue')
  const soFar = CALENDAR.has(window) && pue !== undefined ? ' so far' : ''
  const verdict = pue === undefined ? 'not known' : pue > limit ? 'exceeded' : 'met'
  const told = make('span', { class: verdict === 'exceeded' ? 'warn' : '' }, ` ${verdict}${soFar}`)
  return pair(`target ${window}`, `≤ ${fixed(limit, 2)}`, told)
}

/**
 * A target of an indicator with what its window says of it; of a month that of the one that runs.
 * @param {View} view
 * @param {ReturnType<typeof indicatorTargets>[number]} target
 */
function indicatorPair(view, { indicator, window, max, min }) {
  const isCalendar = CALENDAR.has(window)
  const row = indicatorRow(view, indicator, isCalendar ? `${window}_to_date` : window)
  const isOld = row === undefined || nowMs(view) - row.timeMs > staleAfterMs(view) + LONGEST_STEP_MS
  const value = isOld ? undefined : numberOf(row, 'value')
  const isMissed = value !== undefined && (max === undefined ? value < (min ?? 0) : value > max)
  const soFar = isCalendar ? ' so far' : ''
  const words = value === undefined ? 'not known' : `${isMissed ? 'missed' : 'met'}${soFar}, ${fixed(value, 3)}`
  const told = make('span', { class: isMissed ? 'warn' : '' }, ` ${words}`)
  return pair(
    `${indicator.replaceAll('_', ' ').toUpperCase()} ${window}`,
    max === undefined ? `≥ ${min}` : `≤ ${max}`,
    told,
  )
}

/** @param {string} window */
function windowS(window) {
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }
  const match = /^(\d+)([smhd])$/.exec(window)
  return match === null ? NaN : Number(match[1]) * seconds[/** @type {keyof typeof seconds} */ (match[2])]
}

/** @param {View} view */
export function showWindows(view) {
  const names = [
    'live',
    ...(view.site?.windows ?? []).flatMap((name) => (CALENDAR.has(name) ? [`${name}_to_date`, name] : [name])),
  ]
  byId('window-rows').replaceChildren(...names.map((name) => windowRow(view, name, pueRow(view, name))))
}

/**
 * @param {View} view
 * @param {string} window
 * @param {Row | undefined} row
 */
function windowRow(view, window, row) {
  const name = make('th', { scope: 'row' }, plain(window))
  if (row === undefined) {
    const ended = CALENDAR.has(window)
    return make(
      'tr',
      {},
      name,
      make('td', { colspan: '7', class: 'muted' }, ended ? 'none has ended yet' : 'no data yet'),
    )
  }
  const ageMs = nowMs(view) - row.timeMs
  const isOld = !CALENDAR.has(window) && ageMs > (window === 'live' ? STALE_MS : staleAfterMs(view))
  const coverage = numberOf(row, 'coverage')
  const [pue, uncertainty] = [numberOf(row, 'pue'), numberOf(row, 'uncertainty')]
  const asOf = clock(row.timeMs, nowMs(view), view.site?.timezone ?? 'UTC')
  return make(
    'tr',
    { 'data-window': window, class: isOld ? 'old' : '' },
    name,
    make('td', { class: 'number pue' }, pue === undefined ? whyNone(row) : fixed(pue, 3)),
    make('td', { class: 'number uncertainty' }, uncertainty === undefined ? NONE : fixed(uncertainty, 3)),
    make('td', { class: 'coverage' }, meter(coverage)),
    make('td', {}, textOf(row, 'name')),
    make('td', { class: 'number' }, textOf(row, 'revision')),
    make(
      'td',
      {},
      textOf(row, 'state'),
      ...(estimated(row) === '' ? [] : [make('span', { class: 'aside' }, `${estimated(row)} estimated`)]),
      ...(row.fields['suspect'] === true ? [make('strong', { title: suspicion(row) }, ' suspect')] : []),
    ),
    make('td', { class: 'number asof' }, isOld ? `${span(ageMs)} old` : asOf),
  )
}

/** @param {Row} row */
function whyNone(row) {
  const why = (numberOf(row, 'coverage') ?? 0) < 0.5 ? 'too little known' : 'no IT energy'
  return make('span', { class: 'aside', title: 'a PUE needs half of its window known, and IT energy' }, why)
}

/** @param {number | undefined} share */
function meter(share) {
  const bar = make('span', { class: `bar${(share ?? 0) < 0.5 ? ' low' : ''}`, 'aria-hidden': 'true' })
  fill(bar, share)
  return make('span', { class: 'meter' }, bar, make('span', { class: 'share' }, percent(share)))
}
