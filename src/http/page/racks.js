/** @import { Air, Row, View } from './types.ts' */
/** @import { Opened } from './detail.js' */
import { standingAlarms } from './alarms.js'
import { byId, make, mark, say } from './elements.js'
import { fitRacks } from './fit.js'
import { nowMs } from './view.js'
import { fixed, NONE, numberOf, quantity, span } from './words.js'

/** Halls as grids of racks: each rack in the colour, shape and letter of its worst inlet. Enter opens the rack. */

export const BANDS = ['recommended', 'allowable', 'out of range', 'unknown']
export const LETTERS = ['R', 'A', 'X', '?']
export const UNKNOWN = 3
/** Which band stands for a rack of several inlets: unknown hides nothing, and nothing hides a breach. */
const WORST = [0, 2, 3, 1]
/** Racks that are told by name beside tiles that have none. */
const WORST_SHOWN = 10
/** The age of a tile changes in steps of this, or a hall would flicker each second. */
const AGE_STEP_MS = 10_000

/**
 * @typedef {{ inlet: string, class: string, points: string[], air: Air | undefined, band: number, ageMs: number }} Inlet
 * @typedef {{ hall: string, rack: string, inlets: { inlet: string, class: string, points: string[] }[], cell: HTMLElement }} Rack
 */

/**
 * @param {View} view
 * @param {(what: Opened) => void} open
 */
export function createRacks(view, open) {
  /** @type {Rack[]} */
  let racks = []
  /** @type {unknown} */
  let built
  const fit = () =>
    fitRacks(
      byId('halls'),
      [...Map.groupBy(racks, ({ hall }) => hall).values()].map(({ length }) => length),
    )
  new ResizeObserver(fit).observe(byId('halls'))

  const build = () => {
    built = view.site
    racks = racksOf(view)
    for (const rack of racks)
      rack.cell.addEventListener('click', () => open({ kind: 'rack', name: rack.rack, hall: rack.hall }))
    byId('halls').replaceChildren(...hallsOf(racks))
    byId('bands').replaceChildren(
      ...BANDS.map((name, band) => make('span', {}, mark(band), `${LETTERS[band]} ${name}`)),
    )
    if (racks.length === 0) byId('halls').append(make('p', { class: 'muted' }, 'No inlets are configured.'))
    fit()
  }

  return {
    show() {
      if (built !== view.site) build()
      const counts = new Map()
      const alarms = severities(view)
      const states = racks.map((rack) => ({ rack, ...stateOf(inletsOf(view, rack.inlets), alarms) }))
      for (const { rack, band, ...state } of states) {
        showCell(rack, { band, ...state })
        const own = counts.get(rack.hall) ?? [0, 0, 0, 0]
        own[band]++
        counts.set(rack.hall, own)
      }
      for (const heading of byId('halls').querySelectorAll('[data-hall]')) {
        const own = counts.get(heading.getAttribute('data-hall')) ?? []
        const names = byId('halls').dataset['level'] === 'full' ? BANDS : LETTERS
        const text = names.flatMap((name, band) => (own[band] > 0 ? [`${own[band]} ${name}`] : [])).join(', ')
        say(heading, text)
      }
      showWorst(states)
    },
  }
}

/**
 * @param {View} view
 * @returns {Rack[]}
 */
function racksOf({ site }) {
  /** @type {Map<string, Rack>} */
  const racks = new Map()
  for (const { inlet, hall, rack, class: airClass, points } of site?.inlets ?? []) {
    const key = JSON.stringify([hall, rack])
    const cell = make('button', { type: 'button', class: 'rack', tabindex: '-1' })
    const own = racks.get(key) ?? { hall, rack, inlets: [], cell }
    own.inlets.push({ inlet, class: airClass, points })
    racks.set(key, own)
  }
  return [...racks.values()]
}

/**
 * One grid a hall. Tab enters it once, arrows move within.
 * @param {Rack[]} racks
 */
function hallsOf(racks) {
  const halls = [...new Set(racks.map(({ hall }) => hall))]
  return halls.map((hall) => {
    const cells = racks.filter((rack) => rack.hall === hall).map(({ cell }) => cell)
    cells[0]?.setAttribute('tabindex', '0')
    const grid = make(
      'div',
      { class: 'racks', role: 'group', 'aria-label': `Racks of ${hall}, arrow keys move` },
      ...cells,
    )
    grid.style.setProperty('--racks', String(cells.length))
    grid.addEventListener('keydown', (event) => move(event, cells))
    const heading = make('h3', {}, `${hall} `, make('span', { class: 'muted', 'data-hall': hall }))
    return make('section', { class: 'hall' }, heading, grid)
  })
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} cells
 */
function move(event, cells) {
  const from = cells.findIndex((cell) => cell === document.activeElement)
  const top = cells[0]?.offsetTop
  const columns = Math.max(1, cells.filter((cell) => cell.offsetTop === top).length)
  const steps = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -from,
    End: cells.length - 1 - from,
  }
  const step = Object.hasOwn(steps, event.key) ? steps[/** @type {keyof typeof steps} */ (event.key)] : undefined
  const target = step === undefined || from < 0 ? undefined : cells[from + step]
  if (target === undefined) return
  event.preventDefault()
  for (const cell of cells) cell.setAttribute('tabindex', cell === target ? '0' : '-1')
  target.focus()
}

/**
 * Each inlet by its newest reading. What was said too long ago says nothing of now.
 * @param {View} view
 * @param {{ inlet: string, class: string, points: string[] }[]} inlets
 * @returns {Inlet[]}
 */
export function inletsOf(view, inlets) {
  return inlets.map((own) => {
    const air = view.air.get(own.inlet)
    const ageMs = air === undefined ? Infinity : nowMs(view) - air.timeMs
    return { ...own, air, ageMs, band: air === undefined || nowMs(view) > air.untilMs ? UNKNOWN : air.band }
  })
}

/**
 * The worst severity of the alarms of each source.
 * @param {View} view
 * @returns {Map<string, string>}
 */
function severities(view) {
  const bySource = new Map()
  for (const { tags } of standingAlarms(view)) {
    const source = tags['source'] ?? ''
    if (!bySource.has(source)) bySource.set(source, tags['severity'] ?? '')
  }
  const gateways = new Map(view.site?.points.map(({ point, gateway }) => [point, gateway]))
  for (const { inlet, points } of view.site?.inlets ?? []) {
    for (const source of [...points, ...points.map((point) => gateways.get(point) ?? '')]) {
      const severity = bySource.get(source)
      if (severity !== undefined && !bySource.has(inlet)) bySource.set(inlet, severity)
    }
  }
  return bySource
}

/**
 * @typedef {{ band: number, hottestC: number | undefined, ageMs: number, severity: string | undefined }} RackState
 */

/**
 * A rack is as its worst inlet is, and as old as its oldest.
 * @param {Inlet[]} inlets
 * @param {Map<string, string>} alarms
 * @returns {RackState}
 */
function stateOf(inlets, alarms) {
  const worst = inlets.map(({ band }) => band).toSorted((a, b) => rankOf(b) - rankOf(a))[0] ?? UNKNOWN
  const temperatures = inlets.flatMap(({ air, band }) => (band === UNKNOWN ? [] : (air?.dryBulbC ?? [])))
  return {
    band: worst,
    hottestC: temperatures.length === 0 ? undefined : Math.max(...temperatures),
    ageMs: Math.max(...inlets.map(({ ageMs }) => ageMs)),
    severity: inlets.map(({ inlet }) => alarms.get(inlet)).find((severity) => severity !== undefined),
  }
}

/**
 * @param {Rack} rack
 * @param {RackState} state
 */
function showCell({ hall, rack, cell }, { band, hottestC, ageMs, severity }) {
  const age = Number.isFinite(ageMs) ? span(Math.floor(ageMs / AGE_STEP_MS) * AGE_STEP_MS) : NONE
  const alarm = severity === undefined ? '' : `, ${severity} alarm`
  const label = `${hall} ${rack}: ${BANDS[band]}, ${quantity(hottestC, 1, '°C')}${alarm}`
  const title = `${label}, ${age} old`
  if (cell.title === title) return
  if (cell.getAttribute('aria-label') !== label) cell.setAttribute('aria-label', label)
  cell.title = title
  cell.dataset['band'] = String(band)
  cell.dataset['alarm'] = severity ?? 'none'
  cell.replaceChildren(
    make('span', { class: 'name' }, shortName(hall, rack)),
    make('span', { class: 'letter' }, mark(band), LETTERS[band] ?? '?', severity === undefined ? '' : '!'),
    make('span', { class: 'degrees number' }, hottestC === undefined ? '– °C' : `${fixed(hottestC, 1)} °C`),
    make('span', { class: 'age number' }, age),
  )
}

/**
 * The worst racks by name, for tiles that are too small for one.
 * @param {(RackState & { rack: Rack })[]} states
 */
function showWorst(states) {
  const worst = states
    .filter(({ band }) => band !== 0)
    .toSorted((a, b) => rankOf(b.band) - rankOf(a.band) || (b.hottestC ?? 0) - (a.hottestC ?? 0))
    .slice(0, WORST_SHOWN)
  const names = worst.map(
    ({ rack: { hall, rack }, band, hottestC }) =>
      `${hall} ${shortName(hall, rack)} ${LETTERS[band]}${hottestC === undefined ? '' : ` ${fixed(hottestC, 1)} °C`}`,
  )
  say(byId('worst'), names.length === 0 ? '' : `Worst: ${names.join(', ')}`)
}

/** @param {number} band */
function rankOf(band) {
  return WORST[band] ?? 0
}

/**
 * How long the site's inlets stood in which band, over the last day. Time without a dry bulb is apart. The good share is rounded
 * down and the others up, so that the shortest excursion shows.
 * @param {Row | undefined} row
 */
export function showCompliance(row) {
  const names = ['recommended', 'allowable', 'out', 'moisture_unknown', 'dry_bulb_unknown']
  const [recommended, allowable, out, moist, unknown] = names.map((name) => {
    const pct = numberOf(row, `${name}_pct`)
    const tenths = pct === undefined ? undefined : name === 'recommended' ? Math.floor(pct * 10) : Math.ceil(pct * 10)
    return `${name.replaceAll('_', ' ')} ${tenths === undefined ? NONE : quantity(tenths / 10, 1, '%')}`
  })
  const worst = row?.fields['worst'] || undefined
  const isJudged = numberOf(row, 'recommended_pct') !== undefined
  const shares = `of the time with a known dry bulb ${recommended}, ${allowable}, ${out}, ${moist}`
  const known = isJudged ? shares : 'no shares, as the dry bulb was known for less than half of it'
  const text = `Last 24 h: ${known}; ${unknown} of all${worst === undefined ? '' : `; worst ${worst}`}`
  say(byId('compliance'), row === undefined ? '' : text)
}

/**
 * A rack's name without its hall's in front, which the grid says.
 * @param {string} hall
 * @param {string} rack
 */
function shortName(hall, rack) {
  const rest = rack.startsWith(hall) ? rack.slice(hall.length).replace(/^[-_./ ]+/, '') : ''
  return rest === '' ? rack : rest
}
