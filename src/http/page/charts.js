/** @import { Line, Power, Row, View } from './types.ts' */
import { byId, make, say } from './elements.js'
import uPlot from './uplot.js'
import { nowMs, pueTargets } from './view.js'
import { fixed, NONE, numberOf, power } from './words.js'

/** Two charts of the last 24 h. Lines differ by dash as well as by colour; where nothing is known there is no line. */

const DAY_S = 86_400
/** A chart shows at least this much. */
const MOST_DIGITS = 4
const LEAST_S = 3_600
/** Roles in the order of the energy's way; others follow. */
const ROLES = ['facility', 'it', 'cooling', 'ups', 'distribution']
const COLORS = ['--line-1', '--line-2', '--line-3', '--line-4', '--line-5']
const DASHES = [[], [10, 4], [3, 3], [12, 3, 3, 3], [6, 6]]

/** The last step may not be told yet: what stands beside a name may be so many steps old. */
const RECENT = 3
/** A limit farther from the line than this would flatten it: then its number stands in the legend alone. */
const FAR = 0.1

/** @type {Map<string, uPlot>} */
const charts = new Map()

/**
 * @param {View} view
 * @param {Power | undefined} answer
 */
export function showPower(view, answer) {
  const names = Object.keys(answer?.roles ?? {}).toSorted((a, b) => place(a) - place(b))
  const lines = names.map((role, n) => ({
    label: role === 'it' ? 'IT' : role,
    color: COLORS[n % COLORS.length] ?? '--ink',
    dash: DASHES[n % DASHES.length] ?? [],
    numbers: answer?.roles[role] ?? [],
  }))
  const inKw = lines.map((line) => ({
    ...line,
    numbers: line.numbers.map((watts) => (watts === null ? null : watts / 1000)),
  }))
  draw('power', view, (answer?.timesMs ?? []).map(seconds), inKw, {
    unit: 'kW',
    fromZero: true,
    word: (kw) => power(kw === undefined ? undefined : kw * 1000),
  })
}

/**
 * @param {View} view
 * @param {Row[]} rows
 */
export function showTrend(view, rows) {
  const targets = pueTargets(view)
  say(byId('trend-title'), `PUE ${trendWindow(view)}, last 24 h`)
  const times = rows.map(({ timeMs }) => seconds(timeMs))
  const numbers = rows.map((row) => numberOf(row, 'pue') ?? null)
  /** @type {Line[]} */
  const lines = [{ label: `PUE ${trendWindow(view)}`, color: '--line-1', dash: [], numbers }]
  for (const { window, limit } of targets)
    lines.push({ label: `target of ${window}`, color: '--muted', dash: [6, 6], numbers: rows.map(() => limit) })
  draw('trend', view, times, lines, {
    unit: '',
    fromZero: false,
    limit: targets[0]?.limit,
    word: (pue) => fixed(pue, 3),
  })
}

/**
 * The window of which the chart shows the course: an hour, if it is configured.
 * @param {View} view
 */
export function trendWindow({ site }) {
  return site?.windows.includes('1h') === true ? '1h' : (site?.windows[0] ?? '1h')
}

/**
 * When the first power was known, ms.
 * @param {Power} answer
 */
export function firstKnownMs({ timesMs, roles }) {
  const lines = Object.values(roles)
  return timesMs.find((_, n) => lines.some((line) => (line[n] ?? null) !== null))
}

/** @param {number} ms */
function seconds(ms) {
  return ms / 1000
}

/** @param {string} role */
function place(role) {
  const known = ROLES.indexOf(role)
  return known < 0 ? ROLES.length : known
}

/**
 * @typedef {{ unit: string, fromZero: boolean, limit?: number | undefined, fromS?: number, word: (number: number | undefined) => string }} Axis
 */

/**
 * @param {'power' | 'trend'} name
 * @param {View} view
 * @param {number[]} times s
 * @param {Line[]} lines
 * @param {Axis} axis
 */
function draw(name, view, times, lines, axis) {
  const box = byId(`${name}-chart`)
  charts.get(name)?.destroy()
  charts.delete(name)
  const legend = byId(`${name}-legend`)
  const isEmpty = !lines[0]?.numbers.some((number) => number !== null)
  if (isEmpty) {
    legend.replaceChildren()
    box.replaceChildren(make('p', { class: 'muted' }, 'No data in the last 24 h.'))
    box.setAttribute('aria-label', 'no data in the last 24 h')
    return
  }
  box.replaceChildren()
  const lastKnown = lines.map(
    ({ numbers }) => numbers.slice(-RECENT).findLast((number) => number !== null) ?? undefined,
  )
  const words = lines.map(({ label }, n) => `${label} ${axis.word(lastKnown[n])}`)
  box.setAttribute('aria-label', `last: ${words.join(', ')}`)
  const outputs = lines.map((_, n) => make('output', { class: 'number' }, axis.word(lastKnown[n])))
  legend.replaceChildren(...lines.map((line, n) => make('li', {}, swatch(line), `${line.label} `, outputs[n] ?? '')))
  const withEdges = gapped(times, lines)
  const chart = new uPlot(
    optionsOf(view, box, lines, { ...axis, fromS: beginning(times, lines) }, (at) => {
      for (const [n, line] of withEdges.numbers.entries()) {
        const number = at === null || at === undefined ? lastKnown[n] : (line[at] ?? undefined)
        const output = outputs[n]
        if (output !== undefined) output.textContent = number === undefined ? NONE : axis.word(number)
      }
    }),
    [withEdges.times, ...withEdges.numbers],
    box,
  )
  charts.set(name, chart)
}

/**
 * Puts a null into each hole between the times, or the line would be drawn over it.
 * @param {number[]} times
 * @param {Line[]} lines
 * @returns {{ times: number[], numbers: (number | null)[][] }}
 */
function gapped(times, lines) {
  const steps = times.slice(1).map((time, n) => time - (times[n] ?? time))
  const step = Math.min(...steps)
  /** @type {number[]} */
  const whole = []
  /** @type {(number | null)[][]} */
  const numbers = lines.map(() => [])
  for (const [n, time] of times.entries()) {
    if (n > 0 && (steps[n - 1] ?? 0) > 1.5 * step) {
      whole.push(time - step)
      for (const line of numbers) line.push(null)
    }
    whole.push(time)
    for (const [at, line] of lines.entries()) numbers[at]?.push(line.numbers[n] ?? null)
  }
  return { times: whole, numbers }
}

/**
 * @param {number[]} times
 * @param {Line[]} lines
 */
function beginning(times, lines) {
  return (
    times.find((_, n) => lines.some(({ label, numbers }) => label !== 'target' && (numbers[n] ?? null) !== null)) ?? 0
  )
}

/** @param {Line} line */
function swatch({ color, dash }) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', 'swatch')
  svg.setAttribute('viewBox', '0 0 28 6')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', 'M0 3h28')
  path.setAttribute('stroke', css(color))
  path.setAttribute('stroke-width', '3')
  path.setAttribute('stroke-dasharray', dash.join(' '))
  svg.append(path)
  return svg
}

/**
 * @param {View} view
 * @param {HTMLElement} box
 * @param {Line[]} lines
 * @param {Axis} axis
 * @param {(at: number | null | undefined) => void} onCursor
 * @returns {uPlot.Options}
 */
function optionsOf(view, box, lines, axis, onCursor) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
  const font = `${Math.round(rem * 0.8)}px ${getComputedStyle(document.body).fontFamily}`
  const grid = { stroke: css('--line'), width: 1 }
  const common = { stroke: css('--muted'), font, grid, ticks: { ...grid, size: 4 } }
  const timezone = view.site?.timezone ?? 'UTC'
  const endS = nowMs(view) / 1000
  const unit = axis.unit === '' ? '' : ` ${axis.unit}`
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    tzDate: (tS) => uPlot.tzDate(new Date(tS * 1000), timezone),
    scales: {
      x: { range: () => [Math.max(endS - DAY_S, Math.min(axis.fromS ?? 0, endS - LEAST_S)), endS] },
      y: { range: (_chart, low, high) => around(low, high, axis) },
    },
    axes: [
      { ...common, size: rem * 1.7, space: rem * 5, values: '{HH}:{mm}' },
      {
        ...common,
        size: rem * 4,
        space: rem * 2.2,
        values(_chart, splits) {
          const digits = digitsOf(Number(splits[1]) - Number(splits[0]), axis.fromZero ? 0 : 2)
          return splits.map((at) => `${at.toFixed(digits)}${unit}`)
        },
      },
    ],
    series: [
      {},
      ...lines.map(({ label, color, dash }) => ({
        label,
        stroke: css(color),
        width: Math.max(1.5, rem / 9),
        auto: label !== 'target',
        dash,
        points: { show: false },
      })),
    ],
    hooks: { setCursor: [(chart) => onCursor(chart.cursor.idx)] },
  }
}

/**
 * @param {number | null} low
 * @param {number | null} high
 * @param {Axis} axis
 * @returns {[number, number]}
 */
function around(low, high, { fromZero, limit }) {
  if (low === null || high === null) return [0, 1]
  if (fromZero) return [Math.min(0, low), high * 1.08 || 1]
  const room = Math.max(0.02, (high - low) * 0.1)
  const isNear = limit !== undefined && limit > low - FAR && limit < high + FAR
  const [least, most] = isNear ? [Math.min(low, limit), Math.max(high, limit)] : [low, high]
  return [Math.max(0, least - room), most + room]
}

/**
 * A colour of the page by its name.
 * @param {string} name
 */
export function css(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/**
 * Digits behind the point, `least` or more, by which labels a step apart are exact.
 * @param {number} step
 * @param {number} least
 */
function digitsOf(step, least) {
  let digits = least
  while (digits < MOST_DIGITS && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++
  return digits
}
