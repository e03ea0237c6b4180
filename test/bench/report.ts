/** What a run of the bench found, as text and as JSON. */
import { spreadText, tableText, targetText, type Answer, type Line } from './figures.ts'
import type { Machine } from './machine.ts'
import type { Question, Size } from './question.ts'

export interface Report {
  date: string
  size: Size
  machine: Machine
  trees: { name: string; commit: string }[]
  questions: Asking[]
}

export interface Asking {
  name: string
  asks: string
  floor: string
  tookS: number
  /** Per tree, by its name. */
  answers: Record<string, Answer>
  /** Why it was not asked. */
  skipped?: string
  /** Why it has no answer, or not all pairs. */
  failed?: string
}

const NO_ANSWER: Answer = { lines: [], missed: [] }

export function headText({ date, size, machine, trees }: Omit<Report, 'questions'>): string {
  const { cpu, cores, memoryGb, node, mosquitto, influxd, load } = machine
  const commits = trees.map(({ name, commit }) => `${name} ${commit}`).join(', ')
  return [
    `${date}, ${size}; commits: ${commits}`,
    `${cpu}, ${cores} cores, ${memoryGb} GB; Node ${node}, mosquitto ${mosquitto}, influxd ${influxd}; load before ${load}`,
  ].join('\n')
}

export function titleText({ name, asks, floor }: Question): string {
  return `\n${name}: ${asks}\n  floor: ${floor}`
}

/** Ratios first, absolute numbers behind them; medians over the pairs with the smallest and the largest. */
export function askingText(asking: Asking): string {
  const { skipped, failed, answers, tookS } = asking
  const reasons = [
    ...(skipped === undefined ? [] : [`  skipped: ${skipped}`]),
    ...(failed === undefined ? [] : [`  failed: ${failed}`]),
  ]
  const missed = Object.values(answers).flatMap((answer) => answer.missed)
  const rows = rowsOf(asking)
  return [
    ...(rows.length > 1 ? [tableText(rows)] : []),
    ...missed.map(({ line, reason }) => `  not measured: ${line}: ${reason}`),
    ...reasons,
    `  ${Math.round(tookS)} s`,
  ].join('\n')
}

export function rowsOf({ answers }: Asking): string[][] {
  const [own = NO_ANSWER, other] = Object.values(answers)
  const others = new Map((other?.lines ?? []).map((line) => [line.line, line]))
  const head = ['what', 'ratio to floor', 'measured', 'floor', 'unit', 'target', 'pairs']
  const otherHead = other === undefined ? [] : ['the other: ratio', 'measured', 'this to the other']
  return [
    [...head, ...otherHead],
    ...own.lines.map((line) => [
      ...cellsOf(line),
      ...(other === undefined ? [] : otherCells(line, others.get(line.line))),
    ]),
  ]
}

function cellsOf({ line, ratio, measured, floor, unit, target, met, pairs }: Line): string[] {
  const kept = met === undefined ? '' : met ? ' met' : ' MISSED'
  return [
    line,
    ratio === undefined ? '' : spreadText(ratio),
    spreadText(measured),
    floor === undefined ? '' : spreadText(floor),
    unit,
    `${targetText(target)}${kept}`,
    String(pairs),
  ]
}

function otherCells(line: Line, other: Line | undefined): string[] {
  if (other === undefined) return ['', '', '']
  const quotient = line.measured.median / other.measured.median
  return [other.ratio === undefined ? '' : spreadText(other.ratio), spreadText(other.measured), quotient.toFixed(2)]
}
