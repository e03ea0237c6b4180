/** @import { Course, InletShape, Limits, Row, View } from './types.ts' */
import { byId, make, mark, pair, say } from './elements.js'
import { drawCourse } from './course.js'
import { BANDS, inletsOf, LETTERS, UNKNOWN } from './racks.js'
import { standingAlarms } from './alarms.js'
import { askCourse, askEvents, askLimits } from './source.js'
import { nowMs } from './view.js'
import { clock, numberOf, plain, quantity, span, textOf } from './words.js'

/** What stands behind a tile, an alarm or a meter: its air now, its course with limits, and what happened. */

/**
 * What is looked at. An alarm is looked at by its source.
 * @typedef {{ kind: 'rack', name: string, hall: string } | { kind: 'meter', name: string }
 *   | { kind: 'alarm', name: string, row: Row }} Opened
 */

/**
 * @typedef {{ courses: Course[], limits: Limits[], events: Row[] }} Told
 */

const DAY_MS = 86_400_000
/** @type {[string, number][]} */
const SPANS = [
  ['24 h', DAY_MS],
  ['7 d', 7 * DAY_MS],
  ['30 d', 30 * DAY_MS],
]
const EVENTS = 20
/** What is open is asked anew so often. */
const AGAIN_MS = 60_000

/** @param {View} view */
export function createDetail(view) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('detail'))
  /** @type {Opened | undefined} */
  let opened
  let lengthMs = DAY_MS
  /** Turns with each question, so that the answer to an older one is let go. */
  let turn = 0
  let askedMs = 0
  /** @type {Told} */
  let told = { courses: [], limits: [], events: [] }

  const choices = spanButtons((ms) => {
    lengthMs = ms
    void ask()
  })
  dialog.addEventListener('close', () => (opened = undefined))
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close())

  const draw = () => {
    if (opened === undefined) return
    drawCourse(byId('detail-chart'), view, { ...told, ...subjectOf(view, opened), lengthMs, opened })
  }

  async function ask() {
    if (opened === undefined) return
    const own = ++turn
    askedMs = performance.now()
    for (const [n, [, ms]] of SPANS.entries()) choices[n]?.setAttribute('aria-pressed', String(ms === lengthMs))
    try {
      const answers = await askAll(view, opened, lengthMs)
      if (own !== turn) return
      told = answers
      byId('detail-events').replaceChildren(...eventsOf(view, told.events))
      draw()
    } catch (error) {
      console.warn('the course is asked again in a minute', error)
    }
  }

  const show = () => {
    if (opened === undefined) return
    showSubject(view, opened)
    if (performance.now() - askedMs > AGAIN_MS) void ask()
    draw()
  }

  /** @param {Opened} what */
  const open = (what) => {
    opened = what
    lengthMs = DAY_MS
    told = { courses: [], limits: [], events: [] }
    byId('detail-events').replaceChildren()
    showSubject(view, what)
    dialog.showModal()
    void ask()
  }
  return { open, show }
}

/**
 * @param {(ms: number) => void} choose
 */
function spanButtons(choose) {
  const choices = SPANS.map(([text, ms]) => {
    const button = make('button', { type: 'button' }, text)
    button.addEventListener('click', () => choose(ms))
    return button
  })
  byId('detail-spans').replaceChildren(...choices)
  return choices
}

/**
 * Course, limits and events of what is opened.
 * @param {View} view
 * @param {Opened} opened
 * @param {number} lengthMs
 * @returns {Promise<Told>}
 */
async function askAll(view, opened, lengthMs) {
  const toMs = Math.round(nowMs(view))
  const at = { fromMs: toMs - lengthMs, toMs }
  const { inlets, meter } = subjectOf(view, opened)
  const sources = new Set([opened.name, ...inlets.flatMap(({ inlet, points }) => [inlet, ...points])])
  const [courses, limits, events] = await Promise.all([
    Promise.all(coursesOf(inlets, meter).map((of) => askCourse(of, at))),
    askLimits(),
    Promise.all([...sources].map((source) => askEvents(source, at))),
  ])
  return { courses, limits, events: events.flat().toSorted((a, b) => b.timeMs - a.timeMs) }
}

/**
 * Buttons of the meters below the chart of powers.
 * @param {View} view
 * @param {(what: Opened) => void} open
 */
export function createMeters(view, open) {
  byId('meters-part').addEventListener('toggle', () => {
    const meters = view.site?.points.filter(({ unit }) => /W$|Wh$|^J$/.test(unit)) ?? []
    byId('meters').replaceChildren(
      ...meters.map(({ point, role }) => {
        const button = make('button', { type: 'button' }, role === undefined ? point : `${point} (${role})`)
        button.addEventListener('click', () => open({ kind: 'meter', name: point }))
        return make('li', {}, button)
      }),
    )
  })
}

/**
 * The inlets that are looked at, or the meter.
 * @param {View} view
 * @param {Opened} opened
 * @returns {{ inlets: InletShape[], meter: string | undefined }}
 */
function subjectOf({ site }, opened) {
  const all = site?.inlets ?? []
  if (opened.kind === 'rack') {
    return { inlets: all.filter(({ hall, rack }) => hall === opened.hall && rack === opened.name), meter: undefined }
  }
  const inlets = all.filter(({ inlet, points }) => inlet === opened.name || points.includes(opened.name))
  const isMeter = inlets.length === 0 && site?.points.some(({ point }) => point === opened.name) === true
  return { inlets, meter: isMeter ? opened.name : undefined }
}

/**
 * @param {InletShape[]} inlets
 * @param {string | undefined} meter
 */
function coursesOf(inlets, meter) {
  if (meter !== undefined) return [{ measurement: 'energy', field: 'mean_w', tag: 'point', name: meter }]
  return inlets.map(({ inlet }) => ({ measurement: 'climate', field: 'dry_bulb_c', tag: 'inlet', name: inlet }))
}

/**
 * @param {View} view
 * @param {Opened} opened
 */
function showSubject(view, opened) {
  const { inlets, meter } = subjectOf(view, opened)
  const place = inlets[0]
  say(byId('detail-title'), place === undefined ? opened.name : `${place.hall} · ${place.rack}`)
  const names = new Set([opened.name, ...inlets.flatMap(({ inlet, points }) => [inlet, ...points])])
  const alarms = standingAlarms(view).filter(({ tags }) => names.has(tags['source'] ?? ''))
  byId('detail-inlets').replaceChildren(
    ...alarms.map((row) => make('p', { class: 'alarm-told' }, textOf(row, 'message'), ...raisedBy(view, row))),
    ...inletsOf(view, inlets).map((inlet) => airNow(view, inlet)),
  )
  const links = linksOf(view, meter)
  byId('detail-links').replaceChildren(...links)
}

/**
 * The reading that raised an alarm.
 * @param {View} view
 * @param {Row} row
 */
function raisedBy(view, row) {
  const value = numberOf(row, 'value')
  if (value === undefined) return []
  const sinceMs = numberOf(row, 'since_ms') ?? row.timeMs
  const unit = row.fields['unit'] === undefined ? '' : ` ${textOf(row, 'unit')}`
  const at = clock(sinceMs, nowMs(view), view.site?.timezone ?? 'UTC')
  return [make('strong', { class: 'raised-by number' }, ` ${Number(value.toFixed(2))}${unit}, in breach since ${at}`)]
}

/**
 * @param {View} view
 * @param {ReturnType<typeof inletsOf>[number]} inlet
 */
function airNow(view, { inlet, class: airClass, air, band, ageMs }) {
  const heading = make('h3', {}, mark(band), ` ${LETTERS[band]} ${BANDS[band]}`)
  if (air === undefined) return make('section', {}, heading, make('p', {}, `${inlet}: no reading yet`))
  const asOf = `${clock(air.timeMs, nowMs(view), view.site?.timezone ?? 'UTC')}, ${span(ageMs)} old`
  return make(
    'section',
    {},
    heading,
    make(
      'dl',
      {},
      pair('inlet', `${inlet}, class ${airClass}`),
      pair('dry bulb', quantity(air.dryBulbC, 1, '°C')),
      pair('relative humidity', quantity(air.rhPct, 1, '%')),
      pair('dew point', quantity(air.dewPointC, 1, '°C')),
      pair('headroom', quantity(air.headroomK, 1, 'K to the nearest recommended limit')),
      pair(
        'violations',
        air.violations === '' ? (band === UNKNOWN ? 'not known' : 'none') : plain(air.violations).replaceAll(',', ', '),
      ),
      pair('as of', nowMs(view) > air.untilMs ? make('strong', {}, asOf) : asOf),
    ),
  )
}

/**
 * @param {View} view
 * @param {Row[]} events
 */
function eventsOf(view, events) {
  if (events.length === 0) return [make('li', { class: 'muted' }, 'nothing in this time')]
  return events
    .slice(0, EVENTS)
    .map((row) =>
      make(
        'li',
        {},
        make('span', { class: 'number' }, clock(row.timeMs, nowMs(view), view.site?.timezone ?? 'UTC')),
        make('span', { class: `word ${textOf(row, 'state')}` }, plain(textOf(row, 'state'))),
        make('span', { class: 'message' }, textOf(row, 'message')),
      ),
    )
}

/**
 * Where more of it is told: the sum behind the PUE that a meter is in, and the dashboards.
 * @param {View} view
 * @param {string | undefined} meter
 */
function linksOf({ boundary, site }, meter) {
  const links = []
  if (meter !== undefined && boundary !== undefined) {
    const window = site?.windows.includes('24h') === true ? '24h' : (site?.windows[0] ?? '1h')
    const of = `boundary=${encodeURIComponent(boundary)}&window=${window}`
    links.push(make('a', { href: `/api/v1/explain?${of}` }, `the sum behind the PUE of ${boundary} over ${window}`))
  }
  if (site?.grafanaUrl !== undefined) links.push(make('a', { href: site.grafanaUrl, rel: 'noreferrer' }, 'Grafana'))
  return links
}
