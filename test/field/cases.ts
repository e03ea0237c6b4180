/** Recordings of the field with known answers: they lie beside the checkout, each in a folder of its own. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { replayFile, rowsOf, siteFromText, type Replayed } from '../../src/testing.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/data/field', import.meta.url))

/** Whether the recordings are there. */
export const hasField = existsSync(FOLDER)

/** Keys that a case's configuration is given besides, by the path of sections; undefined takes a key away. */
export type Keys = Readonly<Record<string, unknown>>

/** The path of a file of a case. */
export function fieldFile(name: string, file: string): string {
  return join(FOLDER, name, file)
}

/** A case's configuration as text, with other keys: `{ points: { t: { at: '/t' } } }`. */
export function fieldConfig(name: string, keys: Keys = {}): string {
  return JSON.stringify(withKeys(parse(readFileSync(fieldFile(name, 'config.yaml'), 'utf8')), keys))
}

/** Replays a case under its configuration, with other keys; `file` names one recording of several. */
export function replayField(name: string, keys: Keys = {}, file?: string): Promise<Replayed> {
  const recording = file ?? readdirSync(join(FOLDER, name)).find((it) => it.startsWith('recording.')) ?? ''
  return replayFile(siteFromText(fieldConfig(name, keys)), fieldFile(name, recording))
}

/** A window's PUE that ends at a time of the day such as `12:00`, rounded to 4 digits; NaN where there is none. */
export function pueAt(replayed: Replayed, window: string, time: string): number {
  const row = rowsOf(replayed, 'pue', { window }).findLast(({ timeMs }) => timeOf(timeMs) === time)
  return Number((row?.fields.pue ?? NaN).toFixed(4))
}

/** Alarms of a kind as `10:31 raised r1`. */
export function alarmsOf(replayed: Replayed, alarm: string): string[] {
  return rowsOf(replayed, 'alarm', { alarm }).map(
    ({ timeMs, fields, tags }) => `${timeOf(timeMs)} ${fields.state} ${tags.source}`,
  )
}

/** Outcomes that came up, with their counts. */
export function outcomesOf({ summary }: Replayed): Record<string, number> {
  return Object.fromEntries(Object.entries(summary.outcomes).filter(([, count]) => count > 0))
}

export function timeOf(tMs: number): string {
  return new Date(tMs).toISOString().slice(11, 16)
}

function withKeys(node: unknown, keys: unknown): unknown {
  if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) return keys
  const merged: Record<string, unknown> = { ...(node as Record<string, unknown> | undefined) }
  for (const [key, member] of Object.entries(keys)) {
    if (member === undefined) delete merged[key]
    else merged[key] = withKeys(merged[key], member)
  }
  return merged
}
