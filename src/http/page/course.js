/** @import { Course, InletShape, Limits, View } from './types.ts' */
/** @import { Opened } from './detail.js' */
import { css } from './charts.js'
import { make } from './elements.js'
import uPlot from './uplot.js'
import { nowMs } from './view.js'
import { clock, fixed, numberOf } from './words.js'

/** The course of one thing: mean as a line, least to largest as a band, limits, and the reading that raised an alarm. */

/**
 * @typedef {{ courses: Course[], limits: Limits[], inlets: InletShape[], meter: string | undefined, lengthMs: number,
 *   opened: Opened }} Drawn
 */

/** @type {WeakMap<HTMLElement, { chart: uPlot, key: string }>} */
const charts = new WeakMap()

/**
 * @param {HTMLElement} box
 * @param {View} view
 * @param {Drawn} drawn
 */
export function drawCourse(box, view, drawn) {
  const { lines, times } = linesOf(view, drawn)
  const last = lines[0]?.numbers.findLast((number) => number !== null)
  const unit = drawn.meter === undefined ? '°C' : 'kW'
  const label = `${drawn.lengthMs / 3_600_000} h, last ${typeof last === 'number' ? `${fixed(last, 1)} ${unit}` : 'unknown'}`
  const key = `${label} ${times.length} ${times.at(-1)} ${box.clientWidth}`
  const before = charts.get(box)
  if (before?.key === key) return
  before?.chart.destroy()
  box.setAttribute('aria-label', label)
  if (last === undefined) {
    box.replaceChildren(make('p', { class: 'muted' }, 'No data in this time.'))
    charts.delete(box)
    return
  }
  box.replaceChildren()
  const chart = new uPlot(optionsOf(box, view, lines, unit), [times, ...lines.map(({ numbers }) => numbers)], box)
  charts.set(box, { chart, key })
}

/**
 * @typedef {{ color: string, width: number, dash?: number[], points?: boolean, numbers: (number | null)[] }} Stroke
 */

/**
 * @param {View} view
 * @param {Drawn} drawn
 * @returns {{ times: number[], lines: Stroke[] }}
 */
function linesOf(view, { courses, limits, inlets, meter, opened }) {
  const times = middles(courses[0], newestMs(view, inlets) / 1000)
  const scale = meter === undefined ? 1 : 0.001
  const scaled = (/** @type {(number | null)[]} */ numbers) =>
    numbers.map((number) => (number === null ? null : number * scale))
  /** @type {Stroke[]} */
  const lines = courses.flatMap(({ least, mean, most }, n) => {
    const color = `--line-${(n % 5) + 1}`
    return [
      { color, width: 2, numbers: scaled(mean) },
      { color, width: 0.7, numbers: scaled(most) },
      { color, width: 0.7, numbers: scaled(least) },
    ]
  })
  // The newest reading, and the one that raised the alarm, stand at their own times
  for (const [n, { inlet }] of inlets.entries()) {
    const air = view.air.get(inlet)
    if (air !== undefined) addPoint(times, lines, n * 3, { tS: air.timeMs / 1000, number: air.dryBulbC })
  }
  const value = opened.kind === 'alarm' ? numberOf(opened.row, 'value') : undefined
  if (value !== undefined && opened.kind === 'alarm' && opened.row.fields['unit'] === '°C') {
    const raised = { color: '--bad', width: 0, points: true, numbers: times.map(() => null) }
    lines.push(raised)
    const sinceMs = numberOf(opened.row, 'since_ms') ?? opened.row.timeMs
    addPoint(times, lines, lines.length - 1, { tS: sinceMs / 1000, number: value })
  }
  for (const limit of limitsOf(limits, inlets)) {
    lines.push({ color: '--muted', width: 1, dash: [6, 6], numbers: times.map(() => limit) })
  }
  return { times, lines }
}

/**
 * The newest reading of the inlets; of others now.
 * @param {View} view
 * @param {InletShape[]} inlets
 */
function newestMs(view, inlets) {
  const timesMs = inlets.flatMap(({ inlet }) => view.air.get(inlet)?.timeMs ?? [])
  return timesMs.length === 0 ? nowMs(view) : Math.min(...timesMs)
}

/**
 * Middles of the steps, s. The last one that is known goes on: it is drawn before the newest reading.
 * @param {Course | undefined} course
 * @param {number} newestS
 */
function middles(course, newestS) {
  if (course === undefined) return []
  const times = course.timesMs.map((ms) => (ms - course.stepMs / 2) / 1000)
  const last = course.mean.findLastIndex((number) => number !== null)
  if (last >= 0) times[last] = Math.min(times[last] ?? newestS, newestS - 1)
  return times
}

/**
 * @param {number[]} times
 * @param {Stroke[]} lines
 * @param {number} place
 * @param {{ tS: number, number: number }} point
 */
function addPoint(times, lines, place, { tS, number }) {
  const found = times.findIndex((time) => time >= tS)
  const at = found < 0 ? times.length : found
  if (times[at] !== tS) {
    times.splice(at, 0, tS)
    for (const line of lines) line.numbers.splice(at, 0, null)
  }
  const line = lines[place]
  if (line !== undefined) line.numbers[at] = number
}

/**
 * Upper limits of the first inlet's class.
 * @param {Limits[]} limits
 * @param {InletShape[]} inlets
 */
function limitsOf(limits, inlets) {
  return limits.filter((it) => it.class === inlets[0]?.class).map(({ dryBulbMaxC }) => dryBulbMaxC)
}

/**
 * @param {HTMLElement} box
 * @param {View} view
 * @param {Stroke[]} lines
 * @param {string} unit
 * @returns {uPlot.Options}
 */
function optionsOf(box, view, lines, unit) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
  const font = `${Math.round(rem * 0.8)}px ${getComputedStyle(document.body).fontFamily}`
  const grid = { stroke: css('--line'), width: 1 }
  const common = { stroke: css('--muted'), font, grid, ticks: { ...grid, size: 4 } }
  const timezone = view.site?.timezone ?? 'UTC'
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    tzDate: (tS) => uPlot.tzDate(new Date(tS * 1000), timezone),
    scales: { x: { range: (_chart, from) => [from, nowMs(view) / 1000] } },
    axes: [
      {
        ...common,
        size: rem * 1.7,
        space: rem * 6,
        values: (_chart, splits) => splits.map((tS) => clock(tS * 1000, nowMs(view), timezone)),
      },
      { ...common, size: rem * 4, values: (_chart, splits) => splits.map((at) => `${at} ${unit}`) },
    ],
    series: [
      {},
      ...lines.map(({ color, width, dash = [], points = false }) => ({
        stroke: css(color),
        fill: points ? css(color) : '',
        width,
        dash,
        spanGaps: false,
        points: { show: points, size: rem * 0.8, fill: css(color) },
      })),
    ],
  }
}
