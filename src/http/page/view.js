import { clock, span } from './words.js'

/** @import { Air, Pulse, Row, View } from './types.ts' */

/** The page's state: the newest row of each series, what the daemon said of itself, and how old all of it is. */

const TRANSITIONS = 200

/** @returns {View} */
export function createView() {
  return {
    session: undefined,
    site: undefined,
    boundary: undefined,
    newest: new Map(),
    air: new Map(),
    transitions: new Map(),
    pulse: undefined,
    pulseAtMs: 0,
    isFilling: undefined,
    connection: { kind: 'connecting', sinceMs: performance.now() },
  }
}

/**
 * The daemon's clock: what is shown as fresh must not hang on this machine's.
 * @param {View} view
 */
export function nowMs({ pulse, pulseAtMs }) {
  return pulse === undefined ? Date.now() : pulse.nowMs + performance.now() - pulseAtMs
}

/** A source whose readings move on so many times faster than the clock is told from its past. */
const FILLING = 3

/**
 * Readings that move on faster than the clock are history that comes in: after a start, or from a source's own store.
 * @param {View} view
 * @param {Pulse} pulse
 */
export function takePulse(view, pulse) {
  const before = view.pulse
  if (before?.newestMs !== undefined && pulse.newestMs !== undefined && pulse.nowMs > before.nowMs) {
    view.isFilling = pulse.newestMs - before.newestMs > FILLING * (pulse.nowMs - before.nowMs)
  }
  view.pulse = pulse
  view.pulseAtMs = performance.now()
}

const [POOR_MS, BAD_MS] = [60_000, 300_000]

/**
 * How far the readings are behind, in words, and how bad that is. One look does not tell a silent site from one whose
 * history still comes in.
 * @param {View} view
 * @returns {{ state: 'good' | 'poor' | 'bad' | 'unknown', words: string }}
 */
export function delayOf(view) {
  const { connection, pulse, isFilling, site } = view
  if (connection.kind === 'lost') return { state: 'unknown', words: 'data delay unknown' }
  if (pulse === undefined) return { state: 'unknown', words: 'loading' }
  if (pulse.newestMs === undefined) return { state: 'bad', words: 'no reading yet' }
  const now = nowMs(view)
  const delayMs = now - pulse.newestMs
  if (delayMs > BAD_MS && isFilling === undefined) return { state: 'unknown', words: 'loading' }
  if (delayMs > POOR_MS && isFilling === true) {
    return { state: 'unknown', words: `loading history, up to ${clock(pulse.newestMs, now, site?.timezone ?? 'UTC')}` }
  }
  const state = delayMs > BAD_MS ? 'bad' : delayMs > POOR_MS ? 'poor' : 'good'
  return { state, words: `data delay ${span(delayMs)}` }
}

/**
 * Takes rows in, in any order: of each series the newest stays, and of one time the highest revision.
 * @param {View} view
 * @param {readonly Row[]} rows
 */
export function takeRows(view, rows) {
  for (const row of rows) {
    const key = JSON.stringify(row.tags)
    const series = view.newest.get(row.measurement) ?? new Map()
    view.newest.set(row.measurement, series)
    if (isNewer(row, series.get(key))) series.set(key, row)
    if (row.measurement === 'alarm') view.transitions.set(`${key} ${row.timeMs}`, row)
  }
  if (view.transitions.size <= TRANSITIONS) return
  const oldestFirst = [...view.transitions].toSorted(([, a], [, b]) => a.timeMs - b.timeMs)
  for (const [key] of oldestFirst.slice(0, -TRANSITIONS)) view.transitions.delete(key)
}

/**
 * @param {View} view
 * @param {readonly Air[]} list
 */
export function takeAir({ air }, list) {
  for (const own of list) if (own.timeMs >= (air.get(own.inlet)?.timeMs ?? -Infinity)) air.set(own.inlet, own)
}

/**
 * @param {Row} row
 * @param {Row | undefined} held
 */
function isNewer(row, held) {
  if (held === undefined || row.timeMs > held.timeMs) return true
  return row.timeMs === held.timeMs && Number(row.fields['revision'] ?? 0) >= Number(held.fields['revision'] ?? 0)
}

/**
 * Forgets what an earlier connection told, before it is asked for again.
 * @param {View} view
 */
export function forget(view) {
  view.newest.clear()
  view.air.clear()
  view.transitions.clear()
}

/**
 * @param {View} view
 * @param {string} measurement
 * @returns {Row[]}
 */
export function rowsOf(view, measurement) {
  return [...(view.newest.get(measurement)?.values() ?? [])]
}

/**
 * Newest PUE row of the shown boundary and a window.
 * @param {View} view
 * @param {string} window
 * @returns {Row | undefined}
 */
export function pueRow(view, window) {
  const rows = rowsOf(view, 'pue')
  return rows
    .filter(({ tags }) => tags['boundary'] === view.boundary && tags['window'] === window)
    .toSorted((a, b) => b.timeMs - a.timeMs)[0]
}

/**
 * What the PUE of the shown boundary has to keep to, each over its own window: `targetPue` is of 24 h.
 * @param {View} view
 * @returns {{ window: string, limit: number }[]}
 */
export function pueTargets({ site, boundary }) {
  const { targetPue, targets } = site?.boundaries.find((it) => it.boundary === boundary) ?? {}
  const more = targets?.['pue']
  return [
    ...(targetPue === undefined ? [] : [{ window: '24h', limit: targetPue }]),
    ...(more?.max === undefined ? [] : [{ window: more.window, limit: more.max }]),
  ]
}

/**
 * What other indicators of the shown boundary have to keep to.
 * @param {View} view
 * @returns {{ indicator: string, window: string, max?: number, min?: number }[]}
 */
export function indicatorTargets({ site, boundary }) {
  const { targets = {} } = site?.boundaries.find((it) => it.boundary === boundary) ?? {}
  return Object.entries(targets).flatMap(([indicator, target]) =>
    indicator === 'pue' ? [] : [{ indicator, ...target }],
  )
}

/**
 * Newest row of an indicator of the shown boundary and a window.
 * @param {View} view
 * @param {string} indicator
 * @param {string} window
 * @returns {Row | undefined}
 */
export function indicatorRow(view, indicator, window) {
  return rowsOf(view, 'indicator')
    .filter(({ tags }) => tags['boundary'] === view.boundary && tags['indicator'] === indicator)
    .filter(({ tags }) => tags['window'] === window)
    .toSorted((a, b) => b.timeMs - a.timeMs)[0]
}

/**
 * Older than this, ms, a row of every interval is not the present any more.
 * @param {View} view
 */
export function staleAfterMs({ site }) {
  return 3 * (site?.intervalS ?? 60) * 1000 + 180_000
}
