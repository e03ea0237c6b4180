import { OUTCOMES } from '../../src/core/contract/outcome.ts'
import { decode } from '../../src/ingest/payload.ts'
import type { Payload } from '../../src/ingest/root.ts'
import { siteOf } from '../scenarios/scenario.ts'

/** When the payloads arrive. */
export const ARRIVAL_MS = Date.UTC(2026, 2, 2, 10)

/** What a payload on topic `t` gives, a word a call: `name value`, `name value @ 09:00:00`, `name outcome`. */
export function told(points: string, payload: Payload, ignore = '[]'): string[] {
  const site = siteOf(`site: { id: dc, timezone: UTC }\npoints: { ${points} }\nignore: ${ignore}`)
  const route = site.routes.get('t')
  if (route === undefined) throw new Error('nothing reads the topic t')
  const words: string[] = []
  decode(
    route,
    { payload, nowMs: ARRIVAL_MS, retain: false },
    {
      reading(point, tMs, value) {
        const stamp = tMs === ARRIVAL_MS ? '' : ` @ ${new Date(tMs).toISOString().slice(11, 19)}`
        words.push(`${site.points[point]} ${Number(value.toPrecision(12))}${stamp}`)
      },
      refused(point, outcome) {
        words.push(`${site.points[point]} ${OUTCOMES[outcome]}`)
      },
    },
  )
  return words
}
