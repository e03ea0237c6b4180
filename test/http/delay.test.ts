import { expect, test } from 'vitest'
import type { Pulse, View } from '../../src/http/page/types.ts'

interface PageState {
  createView: () => View
  takePulse: (view: View, pulse: Pulse) => void
  delayOf: (view: View) => { state: string; words: string }
}

// The page is JavaScript, with types of its own project.
const { href } = new URL('../../src/http/page/view.js', import.meta.url)
const { createView, delayOf, takePulse } = (await import(href)) as PageState

const NOON = Date.UTC(2026, 2, 2, 12)
const [S, MIN, HOUR] = [1_000, 60_000, 3_600_000]

/** Pulses: how long after noon, and how far the newest reading is behind then. */
test.each<[string, [afterMs: number, behindMs: number | undefined][], string, string]>([
  ['before the first word of the daemon', [], 'unknown', 'loading'],
  ['of a site that was never heard', [[0, undefined]], 'bad', 'no reading yet'],
  ['of a site that is heard', [[0, 3 * S]], 'good', 'data delay 3 s'],
  ['first look at what ends hours ago', [[0, 21 * HOUR]], 'unknown', 'loading'],
  ['while a day of history comes in', [[0, 21 * HOUR], [5 * S, 9 * HOUR]], 'unknown', 'loading history, up to 03:00'], // prettier-ignore
  ['once it is there', [[0, 9 * HOUR], [5 * S, 4 * S]], 'good', 'data delay 4 s'], // prettier-ignore
  ['of a site that is silent', [[0, 21 * HOUR], [5 * S, 21 * HOUR + 5 * S]], 'bad', 'data delay 21 h'], // prettier-ignore
  ['of one that fell silent just now', [[0, 50 * S], [40 * S, 90 * S]], 'poor', 'data delay 90 s'], // prettier-ignore
  ['of one that always comes late', [[0, 4 * MIN], [5 * S, 4 * MIN]], 'poor', 'data delay 4 min'], // prettier-ignore
])('the delay %s', (_, pulses, state, words) => {
  const view = createView()
  for (const [afterMs, behindMs] of pulses) {
    const nowMs = NOON + afterMs
    const newest = behindMs === undefined ? {} : { newestMs: nowMs - behindMs }
    takePulse(view, { nowMs, ...newest, connected: true, reasons: [] })
  }
  expect(delayOf(view)).toEqual({ state, words })
})
