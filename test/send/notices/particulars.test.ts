/** What a notice says besides its sentence reaches receivers: a webhook as members, an Alertmanager as annotations. */
import { expect, test } from 'vitest'
import { accept, createPipeline } from '../../../src/fold/pipeline.ts'
import type { Notice } from '../../../src/rows/notice.ts'
import { createRowSink } from '../../../src/rows/rows.ts'
import { createAlertmanager } from '../../../src/send/notices/alertmanager.ts'
import { wantedOf, type Receiver } from '../../../src/send/notices/types.ts'
import { createWebhook } from '../../../src/send/notices/webhook.ts'
import { siteOf } from '../../scenarios/scenario.ts'
import { createTestClock, startReceiver } from '../../servers/receivers.ts'

const START_MS = Date.UTC(2026, 2, 2)
const MINUTE_MS = 60_000

/** The first notice of an inlet that is at 34.5 °C for a minute. */
function noticeOf(language: string): Notice {
  const site = siteOf(`
site: { id: dc5, timezone: Europe/Paris }
points: { t: { topic: t, unit: °C, everyS: 30 } }
inlets: { in: { dryBulb: t, class: A2, hall: h1, rack: r7 } }
alarms:
  inlet_recommended: { limit: allowable - 1 K, help: { action: call 4711, respondMin: 5 } }
  inlet_allowable: { enabled: false }
notify: { language: ${language}, pageUrl: "https://pue.example/", dashboardUrl: "https://grafana.example" }
`)
  const notices: Notice[] = []
  const pipeline = createPipeline(
    site,
    createRowSink(
      site,
      () => {},
      (notice) => notices.push(notice),
    ),
  )
  for (const [second, value] of [
    [0, 35],
    [30, 34.5],
    [60, 34.2],
  ]) {
    const nowMs = START_MS + (second ?? 0) * 1000
    accept(pipeline, { nowMs, topic: 't', payload: `{"ts":${nowMs},"value":${value}}`, retain: false })
  }
  const [first] = notices
  if (first === undefined) throw new Error('nobody is told')
  return first
}

async function deliveredTo(receiverAt: (url: string) => Receiver, notice: Notice): Promise<Record<string, unknown>> {
  await using server = await startReceiver()
  const receiver = receiverAt(server.url)
  expect(await receiver.deliver([{ id: 1, notice, atMs: START_MS }], AbortSignal.timeout(5000))).toEqual({
    kind: 'delivered',
  })
  const body = JSON.parse(server.heard[0]?.body ?? '') as Record<string, unknown> | [Record<string, unknown>]
  return Array.isArray(body) ? body[0] : body
}

const MESSAGE =
  "Warning: Inlet in (dc5, hall h1, rack r7): 34.5 °C, 0.5 K above the site's own upper limit of 34 °C (allowable − 1 K). Since 2026-03-02 01:00:00 UTC+1, for 1 min; highest 35 °C."

test('a template has the state as a word for programs, and in the language of the site', async () => {
  const clock = createTestClock(START_MS + MINUTE_MS)
  const config = { body: { text: '{title}: {source}, {stateName} ({state})' } }
  const at = (url: string) =>
    createWebhook({ name: 'chat', config: { url, ...config }, secret: Buffer.from('k'), clock })
  const body = await deliveredTo(at, noticeOf('fr'))
  expect(body).toEqual({ text: 'Température hors de la plage recommandée: in, déclenchée (raised)' })
})

test('a webhook gets each part as a member of its own, and the whole as text', async () => {
  const clock = createTestClock(START_MS + MINUTE_MS)
  const at = (url: string) => createWebhook({ name: 'pager', config: { url }, secret: Buffer.from('k'), clock })
  const body = await deliveredTo(at, noticeOf('en'))
  expect(body).toMatchObject({
    message: MESSAGE,
    title: 'Temperature outside the recommended range',
    stateName: 'raised',
    value: 34.5,
    limit: 34,
    unit: '°C',
    side: 'above',
    limitOf: { by: 'site', rule: 'allowable − 1 K' },
    hall: 'h1',
    rack: 'r7',
    since: '2026-03-02T00:00:00.000Z',
    durationS: 60,
    peak: 35,
    help: { action: 'call 4711', respondMin: 5 },
    links: {
      page: 'https://pue.example/#alarms',
      dashboard: 'https://grafana.example/d/coldaisle-alarms?var-site=dc5&from=1772406000000&to=now',
    },
    language: 'en',
  })
  const lines = String(body['text']).split('\n')
  expect(lines[0]).toBe(MESSAGE)
  expect(lines.slice(3)).toEqual([
    'What to do: call 4711.',
    'Time to respond: 5 min.',
    'Page: https://pue.example/#alarms',
    'Dashboard: https://grafana.example/d/coldaisle-alarms?var-site=dc5&from=1772406000000&to=now',
  ])
})

test('an Alertmanager gets them as annotations, all of them texts', async () => {
  const clock = createTestClock(START_MS + MINUTE_MS)
  const at = (url: string) => createAlertmanager({ name: 'alertmanager', url, config: {}, clock })
  const alert = await deliveredTo(at, noticeOf('fr'))
  expect(alert['generatorURL']).toBe('https://pue.example/#alarms')
  const annotations = alert['annotations'] as Record<string, unknown>
  expect(Object.values(annotations).every((said) => typeof said === 'string' && said !== '')).toBe(true)
  expect(annotations).toMatchObject({
    summary: 'Température hors de la plage recommandée: in',
    value: '34.5 °C',
    limit: '34 °C',
    limit_of: 'site',
    since: '2026-03-02T00:00:00.000Z',
    duration_s: '60',
    peak: '35 °C',
    action: 'call 4711',
    respond_min: '5',
    page: 'https://pue.example/#alarms',
  })
  expect(annotations['description']).toMatch(
    /^Avertissement\s: Entrée d'air in .*\n.*\nSi rien n'est fait\s: .*\nQue faire\s: call 4711\.\n/,
  )
})

const ASKED: [
  what: string,
  asked: object,
  said: { severity: string; severities?: string[]; routes?: string[] },
  gets: boolean,
][] = [
  ['critical alone is both upper ones, as it was of two', { severities: ['critical'] }, { severity: 'high' }, true],
  ['warning alone is both lower ones', { severities: ['warning'] }, { severity: 'low' }, true],
  ['warning alone is no high', { severities: ['warning'] }, { severity: 'high' }, false],
  ['beside another of the new words it is itself', { severities: ['critical', 'low'] }, { severity: 'high' }, false],
  [
    'who was told of it as critical hears how it ends as high',
    { severities: ['critical', 'low'] },
    { severity: 'high', severities: ['high', 'critical'] },
    true,
  ],
  ['a route of its rule', { routes: ['vip'] }, { severity: 'low', routes: ['noc', 'vip'] }, true],
  ['another route', { routes: ['vip'] }, { severity: 'critical', routes: ['noc'] }, false],
  ['no route at all', { routes: ['vip'] }, { severity: 'critical' }, false],
]

test.each(ASKED)('a receiver gets what it asks for: %s', (_, asked, said, gets) => {
  const told = { site: 'dc5', alarm: 'stale', source: 't', state: 'raised', timeMs: START_MS, ...said }
  const notice = { id: 'x', topic: 't', payload: JSON.stringify(told) }
  expect(wantedOf(asked, [{ id: 1, notice, atMs: START_MS }]) !== undefined).toBe(gets)
})

test('a webhook with a body of its own posts that, as JSON whatever the texts hold, with its token', async () => {
  await using server = await startReceiver()
  const body = {
    topic: 'dc5',
    title: '{title}: {source}',
    message: 'say "{message}"\n{nothing}',
    priority: 5,
    quiet: false,
  }
  const clock = createTestClock(START_MS)
  const receiver = createWebhook({
    name: 'ntfy',
    config: { url: server.url, body },
    secret: Buffer.from('k'),
    token: 't0ken',
    clock,
  })
  await receiver.deliver([{ id: 1, notice: noticeOf('en'), atMs: START_MS }], AbortSignal.timeout(5000))
  expect(JSON.parse(server.heard[0]?.body ?? '')).toEqual({
    topic: 'dc5',
    title: 'Temperature outside the recommended range: in',
    message: `say "${MESSAGE}"\n`,
    priority: 5,
    quiet: false,
  })
  expect(server.heard[0]?.headers).toMatchObject({ authorization: 'Bearer t0ken' })
})
