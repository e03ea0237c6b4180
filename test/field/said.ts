/** What points said at minutes after noon, replayed. */
import { packetLine, replayLines, siteFromText, type Replayed } from '../../src/testing.ts'

export const NOON_MS = Date.UTC(2026, 2, 2, 12)

/** A site of UTC with windows of an hour. */
export function siteWith(points: string, more = ''): string {
  return `
site: { id: t1, timezone: UTC }
core: { windows: [1h, day] }
rows: { readings: all }
points: { ${points} }
${more}`
}

export const PUE = 'boundaries: { t1: { facility: [fac], it: [it] } }'

export type Said = readonly [minute: number, topic: string, payload: unknown, heard?: number]

/** Replays what was said at minutes after noon, and heard then or at another. */
export function replayed(yaml: string, said: readonly Said[]): Replayed {
  const packets = said.map(([minute, topic, payload, heard = minute]) => ({
    nowMs: NOON_MS + heard * 60_000,
    topic,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    retain: false,
  }))
  return replayLines(siteFromText(yaml), packets.sort((a, b) => a.nowMs - b.nowMs).map(packetLine))
}

/** Something said every `step` minutes. */
export function each(from: number, to: number, step: number, say: (minute: number) => Said | readonly Said[]): Said[] {
  const all: Said[] = []
  for (let minute = from; minute <= to; minute += step) {
    const said = say(minute)
    all.push(...((typeof said[0] === 'number' ? [said] : said) as Said[]))
  }
  return all
}

export function stamped(minute: number, value: number): { ts: number; value: number } {
  return { ts: NOON_MS + minute * 60_000, value }
}
