import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { formatLine } from '../../../src/ingest/recording.ts'

/** What the tests of `coldaisle replay` share: a small site, a recording of it, and the command as a user runs it. */

export const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-replay-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A site of two meters and one inlet; its PUE is 1.5 / `itFactor`. */
export function siteText(itFactor = 1): string {
  return `
site: { id: dc, timezone: Europe/Paris }
core: { boundS: 30, latenessS: 60, windows: [5m] }
points:
  main: { topic: dc/main, unit: kW, everyS: 30, role: facility }
  it: { topic: dc/it, unit: kW, everyS: 30, role: it, factor: ${itFactor} }
  t: { topic: dc/air, at: /t, unit: °C, everyS: 30 }
  rh: { topic: dc/air, at: /rh, unit: '%', everyS: 30 }
boundaries:
  dc: { facility: [main], it: [it] }
inlets:
  r1: { dryBulb: t, humidity: rh, class: A1 }
`
}

export function write(name: string, content: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

export const SITE = write('site.yaml', siteText())
export const BASE_MS = Date.UTC(2026, 2, 2, 10)

/** Packets of some minutes, three every half minute; from the sixth minute on the inlet is at 34 °C. */
export function linesOf(toMin: number): string[] {
  const lines: string[] = []
  for (let tMs = BASE_MS; tMs < BASE_MS + toMin * 60_000; tMs += 30_000) {
    const t = tMs < BASE_MS + 6 * 60_000 ? 25 : 34
    for (const [topic, payload] of [
      ['dc/main', `{"ts":${tMs},"value":120}`],
      ['dc/it', `{"ts":${tMs},"value":80}`],
      ['dc/air', `{"ts":${tMs},"t":${t},"rh":40}`],
    ] as const) {
      lines.push(formatLine({ nowMs: tMs, topic, payload, retain: false }))
    }
  }
  return lines
}

export const LINES = linesOf(20)
export const RECORDING = write('twenty.ndjson', `${LINES.join('\n')}\n`)

/** A moment of the recording, as it is written on a command line: minutes after its beginning. */
export function minute(min: number): string {
  return new Date(BASE_MS + min * 60_000).toISOString()
}

export function replay(args: readonly string[], input = ''): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'replay', ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return { status, out: stdout, err: stderr }
}
