import { cellsOfLine, linesOf } from '../../ingest/formats/cells.ts'
import { parseInstant } from '../../ingest/times.ts'
import { inFolder } from '../document/include.ts'
import type { FileFault, ReadText } from '../document/sources.ts'
import type { Draft } from '../faults.ts'
import type { Readable } from '../readable.ts'

/** From an instant on a kWh stands for so many grams. */
type IntensityStep = readonly [from: string, gPerKwh: number]

const MAX_BYTES = 16_000_000
export const MOST_STEPS = 100_000
export const MOST_G_PER_KWH = 10_000
const SEPARATORS = [',', ';', '\t']
const FORM = 'write a line such as 2026-01-01T00:00Z,61.5: when it begins, with its offset, and g/kWh'

/** The steps of those intensities that name a file, and what is wrong with their files. */
export function readIntensityFiles(
  { intensities }: Readable,
  folder: string,
  readText: ReadText,
): { steps: ReadonlyMap<string, readonly IntensityStep[]>; drafts: Draft[] } {
  const steps = new Map<string, readonly IntensityStep[]>()
  const drafts: Draft[] = []
  for (const [name, { file }] of intensities) {
    if (file === undefined) continue
    const path = inFolder(folder, file)
    const text = readText(path, MAX_BYTES)
    const found = typeof text === 'string' ? stepsOf(text) : text
    if (Array.isArray(found)) steps.set(name, found)
    else {
      const { reason, hint } = found
      drafts.push({ path: ['intensities', name, 'file'], part: 'content', reason: `${path}: ${reason}`, hint })
    }
  }
  return { steps, drafts }
}

/** What a file holds stands in its place, so that the journal and a recompute have it. */
export function withSteps<Intensity extends { file?: string | undefined }>(
  intensities: Readonly<Record<string, Intensity>>,
  read: ReadonlyMap<string, readonly IntensityStep[]>,
): Record<string, Omit<Intensity, 'file'> & { steps?: [string, number][] }> {
  return Object.fromEntries(
    Object.entries(intensities).map(([name, { file: _, ...intensity }]) => {
      const steps = read.get(name)?.map(([from, gPerKwh]): [string, number] => [from, gPerKwh])
      return [name, steps === undefined ? intensity : { ...intensity, steps }]
    }),
  )
}

/** Lines of an instant and a number, rising in time; a first line without a number names the columns. */
function stepsOf(text: string): IntensityStep[] | FileFault {
  const lines = linesOf(text.replace(/^\ufeff/, ''))
  const separator = SEPARATORS.find((it) => lines[0]?.text.includes(it)) ?? ','
  const steps: IntensityStep[] = []
  let newestMs = -Infinity
  for (const [n, line] of lines.entries()) {
    const [from = '', told = ''] = cellsOfLine(line.text, separator).map((cell) => cell.trim())
    const [tMs, gPerKwh] = [parseInstant(from), told === '' ? NaN : Number(told)]
    if (line.text.trim() === '' || (n === 0 && Number.isNaN(tMs) && Number.isNaN(gPerKwh))) continue
    const reason = faultOf(tMs, gPerKwh, newestMs)
    if (reason !== undefined)
      return { reason: `line ${text.slice(0, line.at).split('\n').length} ${reason}`, hint: FORM }
    if (steps.length === MOST_STEPS) return { reason: `has more than ${MOST_STEPS} lines`, hint: 'begin it later' }
    newestMs = tMs
    steps.push([from, gPerKwh])
  }
  return steps.length === 0 ? { reason: 'has no line', hint: FORM } : steps
}

function faultOf(tMs: number, gPerKwh: number, newestMs: number): string | undefined {
  if (Number.isNaN(tMs)) return 'does not begin with a time and its offset'
  if (!(gPerKwh >= 0 && gPerKwh <= MOST_G_PER_KWH)) return `has no number from 0 to ${MOST_G_PER_KWH} behind its time`
  return tMs > newestMs ? undefined : 'is not later than the line before it'
}
