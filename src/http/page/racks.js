/** @import { Row, View } from './types.ts' */
import { byId, make, mark, pair, say } from './elements.js'
import { fitRacks } from './fit.js'
import { nowMs, rowsOf, staleAfterMs } from './view.js'
import { clock, fixed, NONE, numberOf, plain, quantity, span } from './words.js'

/** Halls as grids of racks: each rack in the colour, shape and letter of its worst inlet. Enter opens the rack. */

const BANDS = ['recommended', 'allowable', 'out of range', 'unknown']
const LETTERS = ['R', 'A', 'X', '?']
const UNKNOWN = 3
/** Which band stands for a rack of several inlets: unknown hides nothing, and nothing hides a breach. */
const WORST = [0, 2, 3, 1]
/** Racks that are told by name beside tiles that have none. */
const WORST_SHOWN = 10

/**
 * @typedef {{ inlet: string, class: string, row: Row | undefined, band: number, ageMs: number }} Inlet
 * @typedef {{ hall: string, rack: string, inlets: { inlet: string, class: string }[], cell: HTMLElement }} Rack
 */

/** @param {View} view */
export function createRacks(view) {
  /** @type {Rack[]} */
  let racks = []
  /** @type {unknown} */
  let built
  /** @type {Rack | undefined} */
  let opened
  const dialog = /** @type {HTMLDialogElement} */ (byId('detail'))
  dialog.addEventListener('close', () => (opened = undefined))
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close())

  /** @param {Rack} rack */
  const open = (rack) => {
    opened = rack
    showDetail(view, rack)
    dialog.showModal()
  }

  const fit = () =>
    fitRacks(
      byId('halls'),
      [...Map.groupBy(racks, ({ hall }) => hall).values()].map(({ length }) => length),
    )
  new ResizeObserver(fit).observe(byId('halls'))

  const build = () => {
    built = view.site
    racks = racksOf(view)
    for (const rack of racks) rack.cell.addEventListener('click', () => open(rack))
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
      const rows = byInlet(view)
      const states = racks.map((rack) => ({ rack, ...stateOf(inletsOf(view, rack, rows)) }))
      for (const { rack, band, hottestC } of states) {
        showCell(rack, band, hottestC)
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
      if (opened !== undefined) showDetail(view, opened)
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
  for (const { inlet, hall, rack, class: airClass } of site?.inlets ?? []) {
    const key = JSON.stringify([hall, rack])
    const cell = make('button', { type: 'button', class: 'rack', tabindex: '-1' })
    const own = racks.get(key) ?? { hall, rack, inlets: [], cell }
    own.inlets.push({ inlet, class: airClass })
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
 * Newest row of each inlet. One that was moved left rows behind at its old place: they are older.
 * @param {View} view
 * @returns {Map<string, Row>}
 */
function byInlet(view) {
  const rising = rowsOf(view, 'climate').toSorted((a, b) => a.timeMs - b.timeMs)
  return new Map(rising.map((row) => [row.tags['inlet'] ?? '', row]))
}

/**
 * @param {View} view
 * @param {Rack} rack
 * @param {Map<string, Row>} [rows] newest of each inlet
 * @returns {Inlet[]}
 */
function inletsOf(view, { inlets }, rows = byInlet(view)) {
  return inlets.map(({ inlet, class: airClass }) => {
    const row = rows.get(inlet)
    const ageMs = row === undefined ? Infinity : nowMs(view) - row.timeMs
    // What was said long ago says nothing of now.
    const band = ageMs > staleAfterMs(view) ? UNKNOWN : (numberOf(row, 'band') ?? UNKNOWN)
    return { inlet, class: airClass, row, band, ageMs }
  })
}

/**
 * @typedef {{ band: number, hottestC: number | undefined }} RackState
 */

/**
 * A rack is as its worst inlet is.
 * @param {Inlet[]} inlets
 * @returns {RackState}
 */
function stateOf(inlets) {
  const worst = inlets.map(({ band }) => band).toSorted((a, b) => rankOf(b) - rankOf(a))[0] ?? UNKNOWN
  const temperatures = inlets.flatMap(({ row, band }) => (band === UNKNOWN ? [] : (numberOf(row, 'dry_bulb_c') ?? [])))
  return { band: worst, hottestC: temperatures.length === 0 ? undefined : Math.max(...temperatures) }
}

/**
 * @param {Rack} rack
 * @param {number} band
 * @param {number | undefined} hottestC
 */
function showCell({ hall, rack, cell }, band, hottestC) {
  const label = `${hall} ${rack}: ${BANDS[band]}, ${quantity(hottestC, 1, '°C')}`
  if (cell.getAttribute('aria-label') === label) return
  cell.setAttribute('aria-label', label)
  cell.title = label
  cell.dataset['band'] = String(band)
  cell.replaceChildren(
    make('span', { class: 'name' }, shortName(hall, rack)),
    make('span', { class: 'letter' }, mark(band), LETTERS[band] ?? '?'),
    make('span', { class: 'degrees number' }, hottestC === undefined ? '– °C' : `${fixed(hottestC, 1)} °C`),
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

/**
 * @param {View} view
 * @param {Rack} rack
 */
function showDetail(view, rack) {
  say(byId('detail-title'), `${rack.hall} · ${rack.rack}`)
  byId('detail-inlets').replaceChildren(...inletsOf(view, rack).map((inlet) => detail(view, inlet)))
}

/**
 * @param {View} view
 * @param {Inlet} inlet
 */
function detail(view, { inlet, class: airClass, row, band, ageMs }) {
  const heading = make('h3', {}, mark(band), ` ${LETTERS[band]} ${BANDS[band]}`)
  if (row === undefined) return make('section', {}, heading, make('p', {}, `${inlet}: no data yet`))
  const violations = String(row.fields['violations'] ?? '')
  const worst = numberOf(row, 'worst_band')
  const isOld = ageMs > staleAfterMs(view)
  const asOf = clock(row.timeMs, nowMs(view), view.site?.timezone ?? 'UTC')
  return make(
    'section',
    {},
    heading,
    make(
      'dl',
      {},
      pair('inlet', `${inlet}, class ${airClass}`),
      pair('dry bulb', quantity(numberOf(row, 'dry_bulb_c'), 1, '°C')),
      pair('relative humidity', quantity(numberOf(row, 'rh_pct'), 1, '%')),
      pair('dew point', quantity(numberOf(row, 'dew_point_c'), 1, '°C')),
      pair('headroom', quantity(numberOf(row, 'headroom_k'), 1, 'K to the nearest recommended limit')),
      pair('violations', violations === '' ? (band === UNKNOWN ? 'not known' : 'none') : plain(violations)),
      pair('worst in the interval', worst === undefined ? 'unknown' : (BANDS[worst] ?? 'unknown')),
      pair('as of', isOld ? make('strong', {}, `${asOf}, ${span(ageMs)} old`) : asOf),
    ),
  )
}
