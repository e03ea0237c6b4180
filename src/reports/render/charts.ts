import { escaped } from './markup.ts'

/** One bar, of a day or a month: its lower part, the rest above it, and what stands below. */
interface Bar {
  readonly label: string
  readonly lower: number
  readonly upper: number
}

/** A dot of a line; undefined leaves a gap. */
interface Dot {
  readonly label: string
  readonly value: number | undefined
}

type PrintNumber = (value: number, digits: number) => string

interface Axis {
  readonly low: number
  readonly high: number
  readonly step: number
}

const [WIDTH, HEIGHT] = [690, 190]
const FRAME = { left: 52, right: 8, top: 22, bottom: 22 }
const INNER_W = WIDTH - FRAME.left - FRAME.right
const INNER_H = HEIGHT - FRAME.top - FRAME.bottom
const DARK = '#31516b'
const LIGHT = '#b9cbd9'
const MOST_LABELS = 12

/** Stacked bars with a legend; `print` writes the numbers of the axis. Empty without a bar above 0. */
export function barChart(
  bars: readonly Bar[],
  legend: { readonly unit: string; readonly lower: string; readonly upper: string },
  print: PrintNumber,
): string {
  const highest = Math.max(0, ...bars.map(({ lower, upper }) => lower + upper))
  if (highest === 0) return ''
  const axis = axisOf(0, highest)
  const slot = INNER_W / bars.length
  const width = Math.max(0.5, slot * (bars.length > 60 ? 0.9 : 0.72))
  const drawn = bars.map(({ lower, upper }, n) => {
    const x = FRAME.left + n * slot + (slot - width) / 2
    const [yLower, yUpper] = [yOf(axis, lower), yOf(axis, lower + upper)]
    return (
      rect({ x, y: yLower, width, height: yOf(axis, 0) - yLower }, DARK) +
      rect({ x, y: yUpper, width, height: yLower - yUpper }, LIGHT)
    )
  })
  const names = [
    { text: legend.lower, fill: DARK },
    ...(legend.upper === '' ? [] : [{ text: legend.upper, fill: LIGHT }]),
  ]
  const labels = bars.map(({ label }) => label)
  return figure(`${axisLines(axis, print)}${drawn.join('')}${labelsOf(labels)}${legendOf(legend.unit, names)}`)
}

/** A line over days or months. Its axis need not begin at 0, and says so by its numbers. */
export function lineChart(dots: readonly Dot[], legend: string, print: PrintNumber): string {
  const known = dots.flatMap(({ value }) => value ?? [])
  if (known.length < 2) return ''
  const axis = axisOf(Math.min(...known), Math.max(...known))
  const slot = INNER_W / dots.length
  let path = ''
  let isDown = false
  for (const [n, { value }] of dots.entries()) {
    if (value !== undefined)
      path += `${isDown ? 'L' : 'M'}${tenth(FRAME.left + (n + 0.5) * slot)} ${tenth(yOf(axis, value))}`
    isDown = value !== undefined
  }
  const line = `<path d="${path}" fill="none" stroke="${DARK}" stroke-width="1.4" stroke-linejoin="round"/>`
  return figure(`${axisLines(axis, print)}${line}${labelsOf(dots.map(({ label }) => label))}${legendOf(legend, [])}`)
}

function figure(inside: string): string {
  const font = 'font-family="Helvetica Neue, Arial, Liberation Sans, sans-serif" font-size="9.5"'
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" ${font}>${inside}</svg>\n`
}

/** Three to seven round steps between two numbers. */
function axisOf(low: number, high: number): Axis {
  const span = high - low || Math.abs(high) || 1
  const power = 10 ** Math.floor(Math.log10(span / 4))
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => span / each <= 6) ?? 10 * power
  return { low: Math.floor(low / step) * step, high: Math.ceil(high / step) * step, step }
}

function yOf({ low, high }: Axis, value: number): number {
  return FRAME.top + INNER_H * (1 - (value - low) / (high - low || 1))
}

function axisLines(axis: Axis, print: PrintNumber): string {
  const digits = Math.max(0, -Math.floor(Math.log10(axis.step)))
  const count = Math.round((axis.high - axis.low) / axis.step)
  return Array.from({ length: count + 1 }, (_, n) => {
    const value = axis.low + n * axis.step
    const y = tenth(yOf(axis, value))
    const line = `<line x1="${FRAME.left}" x2="${WIDTH - FRAME.right}" y1="${y}" y2="${y}" stroke="#ccc" stroke-width=".6"/>`
    return `${line}<text x="${FRAME.left - 5}" y="${tenth(Number(y) + 3.2)}" text-anchor="end">${escaped(print(value, digits))}</text>`
  }).join('')
}

function labelsOf(labels: readonly string[]): string {
  const slot = INNER_W / labels.length
  const every = Math.ceil(labels.length / MOST_LABELS)
  return labels
    .map((label, n) => {
      if (n % every !== 0) return ''
      const x = tenth(FRAME.left + (n + 0.5) * slot)
      return `<text x="${x}" y="${HEIGHT - 7}" text-anchor="middle">${escaped(label)}</text>`
    })
    .join('')
}

function legendOf(unit: string, names: readonly { readonly text: string; readonly fill: string }[]): string {
  const keys = names.map(({ text, fill }, n) => {
    const x = FRAME.left + 90 + n * 130
    return `${rect({ x, y: 4, width: 9, height: 9 }, fill)}<text x="${x + 13}" y="12">${escaped(text)}</text>`
  })
  return `<text x="${FRAME.left}" y="12" font-weight="bold">${escaped(unit)}</text>${keys.join('')}`
}

function rect(
  { x, y, width, height }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  fill: string,
): string {
  const at = `x="${tenth(x)}" y="${tenth(y)}" width="${tenth(width)}" height="${tenth(Math.max(0, height))}"`
  return `<rect ${at} fill="${fill}" stroke="#31516b" stroke-width=".3"/>`
}

function tenth(length: number): string {
  return length.toFixed(1)
}
