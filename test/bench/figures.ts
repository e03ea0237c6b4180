/** The bench's own arithmetic: many pairs become a line, lines become a table. */
import type { Figure, Missed, Target } from './question.ts'

export interface Spread {
  min: number
  median: number
  max: number
}

/** A line of a table: what all pairs said of one thing. */
export interface Line {
  line: string
  unit: string
  pairs: number
  measured: Spread
  floor?: Spread
  /** Measured to floor, pair by pair. */
  ratio?: Spread
  target?: Target
  /** Whether the median keeps the target. */
  met?: boolean
}

export interface Answer {
  lines: Line[]
  missed: Missed[]
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2
}

/** The smallest number that at least this share of all does not exceed. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
}

/** One line for each line of the figures, in their order. */
export function answerOf(pairs: readonly (readonly (Figure | Missed)[])[]): Answer {
  const all = pairs.flat()
  const byLine = Map.groupBy(all.filter(isFigure), ({ line }) => line)
  const missed = all.filter((it): it is Missed => !isFigure(it))
  const lines = [...byLine.values()].map(lineOf)
  return { lines, missed: [...new Map(missed.map((it) => [it.line, it])).values()] }
}

function isFigure(it: Figure | Missed): it is Figure {
  return 'measured' in it
}

function lineOf(figures: readonly Figure[]): Line {
  const [first] = figures
  if (first === undefined) throw new Error('a line has a figure')
  const measured = spreadOf(figures.map((it) => it.measured))
  const floors = figures.flatMap(({ floor }) => floor ?? [])
  const isCompared = floors.length === figures.length
  const ratio = isCompared ? spreadOf(figures.map((it, n) => it.measured / (floors[n] ?? NaN))) : undefined
  const target = first.target
  const judged = target?.of === 'ratio' ? ratio : measured
  return {
    line: first.line,
    unit: first.unit,
    pairs: figures.length,
    measured,
    ...(isCompared ? { floor: spreadOf(floors) } : {}),
    ...(ratio === undefined ? {} : { ratio }),
    ...(target === undefined || judged === undefined ? {} : { target, met: keeps(target, judged.median) }),
  }
}

function keeps({ atMost = Infinity, atLeast = -Infinity }: Target, number: number): boolean {
  return number <= atMost && number >= atLeast
}

function spreadOf(numbers: readonly number[]): Spread {
  return { min: Math.min(...numbers), median: median(numbers), max: Math.max(...numbers) }
}

/** Three digits, and no more than an instrument would show. */
export function numberText(number: number): string {
  if (!Number.isFinite(number)) return '–'
  if (Math.abs(number) >= 1000) return Math.round(number).toLocaleString('en').replaceAll(',', ' ')
  return number === 0 ? '0' : number.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(number)))))
}

export function spreadText({ min, median: middle, max }: Spread): string {
  return min === max ? numberText(middle) : `${numberText(middle)} (${numberText(min)} … ${numberText(max)})`
}

export function targetText(target: Target | undefined): string {
  if (target === undefined) return ''
  const bound = target.atMost === undefined ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`
  return target.of === 'ratio' ? `${bound} ×` : bound
}

/** Rows of cells in columns that stand under one another. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('  ')}`.trimEnd()).join('\n')
}
