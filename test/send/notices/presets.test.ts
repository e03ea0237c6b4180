/** The webhook bodies that `config/README.md` shows for chats and ntfy: what they post when an alarm comes, ends, floods. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { accept, createPipeline } from '../../../src/fold/pipeline.ts'
import type { NoticeBody } from '../../../src/rows/alarm-rows.ts'
import type { Notice } from '../../../src/rows/notice.ts'
import { createRowSink } from '../../../src/rows/rows.ts'
import { createWebhook } from '../../../src/send/notices/webhook.ts'
import { siteOf } from '../../scenarios/scenario.ts'
import { createTestClock, startReceiver } from '../../servers/receivers.ts'

const README = readFileSync(new URL('../../../config/README.md', import.meta.url), 'utf8')
const SHOWN = /```yaml\n(webhooks:\n[^`]*hooks\.slack\.com[^`]*)```/.exec(README)?.[1] ?? ''
const START_MS = Date.UTC(2026, 2, 2)
const MINUTE_MS = 60_000

const SITE = siteOf(`
site: { id: dc5, timezone: Europe/Paris }
points: { "t{01..12}": { topic: "t{01..12}", unit: °C, everyS: 60 } }
inlets: { "r{01..12}": { dryBulb: "t{01..12}", class: A2, hall: h1 } }
alarms: { rate_of_change: { enabled: false } }
notify:
  pageUrl: "https://pue.example"
${SHOWN.replaceAll(/^/gm, '  ')}
`)

/** Notices of a hall in which one inlet is 37 °C for ten minutes, and later all twelve. */
function notices(): { notice: Notice; said: NoticeBody }[] {
  const told: Notice[] = []
  const sink = createRowSink(
    SITE,
    () => {},
    (notice) => told.push(notice),
  )
  const pipeline = createPipeline(SITE, sink)
  for (let minute = 0; minute < 90; minute++) {
    for (let n = 1; n <= 12; n++) {
      const isWarm = (n === 1 && minute >= 5 && minute < 15) || (minute >= 60 && minute < 75)
      const nowMs = START_MS + minute * MINUTE_MS + n
      const topic = `t${String(n).padStart(2, '0')}`
      accept(pipeline, { nowMs, topic, payload: `{"ts":${nowMs},"value":${isWarm ? 37 : 22}}`, retain: false })
    }
  }
  return told.map((notice) => ({ notice, said: JSON.parse(notice.payload) as NoticeBody }))
}

async function posted(name: string, notice: Notice): Promise<Record<string, unknown>> {
  await using server = await startReceiver()
  const { body } = SITE.config.notify.webhooks.find((it) => it.name === name) ?? {}
  if (body === undefined) throw new Error(`config/README.md shows no body for ${name}`)
  const secret = Buffer.from('k')
  const receiver = createWebhook({ name, config: { url: server.url, body }, secret, clock: createTestClock(START_MS) })
  await receiver.deliver([{ id: 1, notice, atMs: START_MS }], AbortSignal.timeout(5000))
  return JSON.parse(server.heard[0]?.body ?? '') as Record<string, unknown>
}

const ALL = notices()

const NEEDS_HELP = /^What to do: find out whether it is one rack or the whole hall; .*\nTime to respond: 10 min\.$/m

test.each<[what: string, is: (said: NoticeBody) => boolean, chat: string, title: string, advises: boolean]>([
  [
    'raised',
    ({ state, count }) => state === 'raised' && count === undefined,
    'raised: Critical: Inlet r01 (dc5, hall h1): 37 °C, 2 K above the allowable upper limit of 35 °C (ASHRAE 2021r, class A2). Since 2026-03-02 01:05:00 UTC+1, for 1 min. https://pue.example/#alarms',
    'Temperature outside the allowable range: r01, raised',
    true,
  ],
  [
    'cleared',
    ({ state, count }) => state === 'cleared' && count === undefined,
    'cleared: Inlet r01 (dc5, hall h1): 22 °C, within the allowable upper limit of 35 °C (ASHRAE 2021r, class A2). It lasted 11 min, from 2026-03-02 01:05:00 UTC+1; highest 37 °C. https://pue.example/#alarms',
    'Temperature outside the allowable range: r01, cleared',
    false,
  ],
  [
    'a flood',
    ({ count = 0 }) => count > 1,
    'raised: Critical: Hall h1 (dc5): Temperature outside the allowable range, 2 at once: r11, r12. Worst, r11: 37 °C, 2 K above the allowable upper limit of 35 °C (ASHRAE 2021r, class A2). The first since 2026-03-02 02:00:00 UTC+1. https://pue.example/#alarms',
    'Temperature outside the allowable range: h1, raised',
    true,
  ],
  [
    'the end of a flood',
    ({ count }) => count === 0,
    'cleared: Hall h1 (dc5): the alarm for the allowable temperature is over; at most 2 stood at once. It lasted 16 min 1 s, from 2026-03-02 02:00:00 UTC+1; highest 37 °C. Limit concerned: the allowable upper limit of 35 °C (ASHRAE 2021r, class A2). https://pue.example/#alarms',
    'Temperature outside the allowable range: h1, cleared',
    false,
  ],
])(
  '%s: what a chat and ntfy get, with advice only while somebody can act on it',
  async (_, is, text, title, advises) => {
    const one = ALL.find(({ said }) => is(said))
    if (one === undefined) throw new Error('no such notice')
    expect(await posted('chat', one.notice)).toEqual({ text })
    const { message, ...others } = await posted('ntfy', one.notice)
    expect(others).toEqual({
      topic: 'dc5-alarms',
      title,
      priority: advises ? 5 : 2,
      tags: [one.said.severity, 'inlet_allowable'],
      click: 'https://pue.example/#alarms',
    })
    expect(String(message).startsWith(one.said.message)).toBe(true)
    expect(NEEDS_HELP.test(String(message))).toBe(advises)
    expect(String(message).endsWith('\nPage: https://pue.example/#alarms')).toBe(true)
  },
)
