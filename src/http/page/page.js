/** @import { Power, Row } from './types.ts' */
import { showAlarms } from './alarms.js'
import { firstKnownMs, showPower, showTrend, trendWindow } from './charts.js'
import { createDetail, createMeters } from './detail.js'
import { byId, fill, make, say } from './elements.js'
import { showPlanned } from './planned.js'
import { showDirection, showNow, showWindows } from './pue.js'
import { createOrders } from './orders.js'
import { createRacks, showCompliance } from './racks.js'
import { showView } from './screen.js'
import { showDeadLetters, showRefused } from './refused.js'
import { askSession, logOut } from './session.js'
import {
  askAir,
  askCompliance,
  askDeadLetters,
  askLatest,
  askPlanned,
  askPower,
  askPue,
  askRefused,
  askSite,
  openStream,
} from './source.js'
import { createView, delayOf, forget, nowMs, rowsOf, takeAir, takePulse, takeRows } from './view.js'
import { clock, span } from './words.js'

/** The live page: everything shown is a row of the API, and says how old it is. */

const DAY_MS = 86_400_000
/** A site that was begun within the last hours is shown in finer steps. */
const YOUNG_MS = 3 * 3_600_000
/** A delay at which the bar is full. */
const DELAY_MS = 120_000
/** A storm of rows repaints at most once in this time. */
const SHOW_MS = 1_000
const AGAIN_MS = 3_000

const view = createView()
showView()
const detail = createDetail(view)
const racks = createRacks(view, detail.open)
createOrders(view)
createMeters(view, detail.open)
byId('active').addEventListener('click', ({ target }) => openAlarm(target))
byId('log-out').addEventListener('click', () => void leave())
/** @type {{ power: Power | undefined, trend: Row[] }} */
const series = { power: undefined, trend: [] }
/** @type {ReturnType<typeof setTimeout> | undefined} */
let showing
let shownMs = -Infinity
/** Turns with each new connection, so that answers to an older one's questions are let go. */
let turn = 0

openStream({
  onOpen: () => void loadAll(),
  onLost() {
    turn++
    if (view.connection.kind !== 'live') return
    view.connection = { kind: 'lost', sinceMs: performance.now() }
    show()
  },
  onRefused: () => void whoLooks().catch(() => undefined), // the daemon is away: told by the lost connection
  onPulse(pulse) {
    takePulse(view, pulse)
    soon()
  },
  onRows(rows) {
    takeRows(view, rows)
    soon()
  },
  onAir(air) {
    takeAir(view, air)
    soon()
  },
})
setInterval(soon, 1_000)
setInterval(refresh, 60_000)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => showSeries())
const resized = new ResizeObserver(() => showSeries())
for (const name of ['power-chart', 'trend-chart']) resized.observe(byId(name))
show()

/** Everything anew: what was told while we were away is not told again. */
async function loadAll() {
  const own = ++turn
  try {
    await whoLooks()
    const [site, pue, indicators, air, alarms] = await Promise.all([
      askSite(),
      askLatest('pue', 1),
      askLatest('indicator', 1),
      askAir(),
      askLatest('alarm', 20),
    ])
    if (own !== turn) return
    forget(view)
    view.site = site
    const names = site.boundaries.map(({ boundary }) => boundary)
    if (view.boundary === undefined || !names.includes(view.boundary)) view.boundary = firstBoundary(names)
    for (const rows of [pue, indicators, alarms]) takeRows(view, rows)
    takeAir(view, air)
    view.connection = { kind: 'live', sinceMs: performance.now() }
    showSite()
    show()
    await loadSeries(own)
  } catch (error) {
    if (own !== turn) return
    console.warn('asked again in a moment', error)
    setTimeout(() => own === turn && void loadAll(), AGAIN_MS)
  }
}

/** Says who is logged in; who may not see the page any more logs in again. */
async function whoLooks() {
  const session = await askSession()
  view.session = session
  if (session.right === 'anyone' || session.right === 'metrics') return location.replace('/login')
  byId('who').hidden = session.csrf === undefined
  byId('enter').hidden = !session.accounts || session.csrf !== undefined
  say(byId('who-name'), session.name)
}

async function leave() {
  if (view.session !== undefined) await logOut(view.session)
  location.replace('/login')
}

/** @param {string[]} names */
function firstBoundary(names) {
  const asked = decodeURIComponent(location.hash.slice(1))
  if (names.includes(asked)) return asked
  const whole = view.site?.boundaries.find(({ part }) => !part)
  return whole?.boundary ?? names[0]
}

/** What the stream does not bring. A question that fails is asked again in a minute. */
function refresh() {
  if (view.connection.kind !== 'live') return
  loadSeries(turn).catch((error) => console.warn('the charts are asked again in a minute', error))
}

/** @param {number} own */
async function loadSeries(own) {
  const toMs = Math.round(nowMs(view))
  const day = { fromMs: toMs - DAY_MS, toMs, everyS: 300 }
  const young = { fromMs: toMs - YOUNG_MS, toMs, everyS: 60 }
  const coarse = await askPower(day)
  const firstMs = firstKnownMs(coarse)
  const at = firstMs !== undefined && firstMs > young.fromMs ? young : day
  const [power, compliance, refused, letters, planned, trend] = await Promise.all([
    at === day ? coarse : askPower(at),
    askCompliance(),
    askRefused(day.fromMs),
    askDeadLetters(),
    askPlanned(),
    view.boundary === undefined ? [] : askPue(view.boundary, trendWindow(view), at),
  ])
  if (own !== turn) return
  series.power = power
  series.trend = trend
  showCompliance(compliance[0])
  showRefused(view, refused)
  showDeadLetters(view, letters)
  showPlanned(view, planned)
  showSeries()
}

/** At once, or as soon as the last repaint is old enough. */
function soon() {
  showing ??= setTimeout(show, Math.max(0, shownMs + SHOW_MS - performance.now()))
}

function show() {
  clearTimeout(showing)
  showing = undefined
  shownMs = performance.now()
  showConnection()
  if (view.site === undefined) return
  showNow(view)
  showWindows(view)
  showAlarms(view)
  racks.show()
  detail.show()
}

function showSeries() {
  if (view.site === undefined) return
  showPower(view, series.power)
  showTrend(view, series.trend)
  showDirection(series.trend)
}

/**
 * One click leads from an alarm to the reading that raised it.
 * @param {EventTarget | null} target
 */
function openAlarm(target) {
  const source = target instanceof HTMLElement ? target.dataset['open'] : undefined
  const alarm = target instanceof HTMLElement ? target.dataset['alarm'] : undefined
  const row = rowsOf(view, 'alarm').find(({ tags }) => tags['source'] === source && tags['alarm'] === alarm)
  if (row !== undefined) detail.open({ kind: 'alarm', name: row.tags['source'] ?? '', row })
}

/** What does not change with the rows: names, and the choice of a boundary. */
function showSite() {
  const { site } = view
  if (site === undefined) return
  say(byId('site'), site.site)
  document.title = `${site.site} – coldaisle`
  const nav = byId('boundaries')
  nav.hidden = site.boundaries.length < 2
  nav.replaceChildren(
    ...site.boundaries.map(({ boundary }) => {
      const button = make('button', { type: 'button', 'aria-pressed': String(boundary === view.boundary) }, boundary)
      button.addEventListener('click', () => choose(boundary))
      return button
    }),
  )
}

/** @param {string} boundary */
function choose(boundary) {
  view.boundary = boundary
  series.trend = []
  location.hash = encodeURIComponent(boundary)
  for (const button of byId('boundaries').children) {
    button.setAttribute('aria-pressed', String(button.textContent === boundary))
  }
  show()
  showSeries()
  refresh()
}

/** The page's own connection, the daemon's, and how far the readings are behind. */
function showConnection() {
  const { connection, pulse, site } = view
  const link = byId('link')
  const lost = connection.kind === 'lost'
  const reasons = pulse?.reasons ?? []
  link.dataset['state'] = lost ? 'lost' : connection.kind === 'live' && reasons.length === 0 ? 'live' : 'poor'
  document.body.dataset['link'] = connection.kind
  if (lost) say(link, `page disconnected for ${span(performance.now() - connection.sinceMs)}, trying again`)
  else if (connection.kind === 'connecting') say(link, 'connecting')
  else say(link, reasons.length === 0 ? 'live' : reasons.join(', '))
  const now = nowMs(view)
  if (site !== undefined) say(byId('clock'), `${clock(now, now, site.timezone)} ${site.timezone}`)
  const { state, words } = delayOf(view)
  byId('delay').dataset['state'] = state
  say(byId('delay-text'), words)
  const delayMs = pulse?.newestMs === undefined ? 0 : now - pulse.newestMs
  fill(byId('delay-bar'), state === 'unknown' ? 0 : delayMs / DELAY_MS)
}
