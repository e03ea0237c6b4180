/** Who is told when: quiet hours and turns of a rota, by a real store, real HTTP servers and a clock that tests move. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { localMs } from '../../../src/config/duties/local-time.ts'
import { zonedToUtcMs, zoneOffsetMs } from '../../../src/ingest/time-zones.ts'
import { dutyLines, dutyOf } from '../../../src/send/notices/duty.ts'
import { createNotifier } from '../../../src/send/notices/notify.ts'
import { createWebhook } from '../../../src/send/notices/webhook.ts'
import { openStore } from '../../../src/store/store.ts'
import { NO_ROWS } from '../../rows/new-rows.ts'
import { siteOf } from '../../scenarios/scenario.ts'
import { createTestClock, startReceiver } from '../../servers/receivers.ts'

const root = mkdtempSync(join(tmpdir(), 'coldaisle-duty-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const ZONE = 'Europe/Paris'

function atMs(local: string): number {
  return zonedToUtcMs(localMs(local.replace(' ', 'T')), ZONE)[0] ?? NaN
}

function localText(tMs: number): string {
  return new Date(tMs + zoneOffsetMs(tMs, ZONE)).toISOString().slice(0, 16).replace('T', ' ')
}

/** One step: `2026-03-02 23:10 raised a warning`; `restart` in place of the state, `repeat` behind a reminder. */
interface Step {
  tMs: number
  state: string
  source: string
  severities: string[]
  repeat: number
}

function stepOf(line: string): Step {
  const [day = '', clock = '', state = '', source = '', severities = '', repeat] = line.trim().split(/\s+/)
  const tMs = atMs(`${day} ${clock}`)
  return { tMs, state, source, severities: severities.split('+'), repeat: repeat === 'repeat' ? 1 : 0 }
}

/** Plays steps, and gives what each receiver got: `2026-03-03 07:00 raised a`, behind it who is on call. */
async function play(notify: string, story: string, end: string): Promise<Record<string, string[]>> {
  const { config } = siteOf(notify)
  const path = mkdtempSync(join(root, 'store-'))
  const steps = story.trim().split('\n').map(stepOf)
  const clock = createTestClock(steps[0]?.tMs ?? 0)
  const got: Record<string, string[]> = {}
  const servers = new Map<string, Awaited<ReturnType<typeof startReceiver>>>()
  for (const { name = '' } of config.notify.webhooks) {
    const told: string[] = (got[name] = [])
    const server = await startReceiver((_, { body }) => {
      const { state, source, onCall } = JSON.parse(body) as { state: string; source: string; onCall?: string[] }
      const who = onCall === undefined ? '' : ` (${onCall.join(', ')})`
      told.push(`${localText(clock.nowMs())} ${state} ${source}${who}`)
      return 200
    })
    servers.set(name, server)
  }
  const open = async () => {
    const store = await openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
    const receivers = config.notify.webhooks.map((webhook) =>
      createWebhook({
        name: webhook.name ?? '',
        config: { ...webhook, url: servers.get(webhook.name ?? '')?.url ?? '' },
        secret: Buffer.from('k'),
        clock,
        duty: dutyOf(webhook, config),
      }),
    )
    const notifier = await createNotifier({
      store,
      receivers,
      clock,
      random: () => 0.5,
      repeatMs: 0,
      gone: '',
      known: () => () => true,
      count: () => undefined,
      onState: () => undefined,
      onLost: () => undefined,
      onHeld: () => undefined,
    })
    const stop = new AbortController()
    const running = notifier.run(stop.signal, stop.signal)
    const close = async (): Promise<void> => {
      stop.abort()
      await running
      await store.close()
    }
    return { store, wake: () => notifier.wake(), close, resters: receivers.length + 1 }
  }
  let daemon = await open()
  const begunMs = new Map<string, number>()
  for (const { tMs, state, source, severities, repeat } of steps) {
    await clock.runTo(tMs, daemon.resters)
    if (state === 'restart') {
      await daemon.close()
      daemon = await open()
      continue
    }
    if (state === 'raised' && repeat === 0 && !begunMs.has(source)) begunMs.set(source, tMs)
    const startsAtMs = begunMs.get(source) ?? tMs
    const id = `stale:${source}:${startsAtMs}`
    const severity = severities.at(-1)
    const told = { site: 'dc5', alarm: 'stale', source, severity, severities, routes: ['cooling'], state, id }
    const payload = JSON.stringify({ ...told, hall: '', message: 'm', timeMs: tMs, startsAtMs, repeat })
    await daemon.store.commit({
      packets: [],
      foldedSeq: 0,
      rows: NO_ROWS,
      notices: [{ id, topic: `a/${source}`, payload }],
    })
    daemon.wake()
  }
  await clock.runTo(atMs(end), daemon.resters)
  await daemon.close()
  for (const server of servers.values()) await server.close()
  return got
}

const HEAD = `
site: { id: dc5, timezone: ${ZONE} }
points: { t: { topic: t, unit: °C, everyS: 60 } }
notify:`

const QUIET = `${HEAD}
  webhooks: [{ name: pager, url: "http://127.0.0.1:1/", secretFile: k, routes: [cooling] }]
  schedules: { cooling: { quiet: [{ hours: "22:00-07:00" }] } }
`

describe('in quiet hours from 22:00 to 07:00', () => {
  test.each([
    [
      'a warning waits for their end',
      '2026-03-02 23:10 raised a warning',
      '2026-03-03 08:00',
      ['2026-03-03 07:00 raised a'],
    ],
    [
      'one that is over by then is told to nobody',
      `2026-03-02 23:10 raised a warning
       2026-03-03 06:00 cleared a warning`,
      '2026-03-03 08:00',
      [],
    ],
    [
      'a critical alarm is told at once, and its end, too',
      `2026-03-02 23:10 raised a critical
       2026-03-02 23:40 cleared a critical`,
      '2026-03-03 08:00',
      ['2026-03-02 23:10 raised a', '2026-03-02 23:40 cleared a'],
    ],
    [
      'a warning that becomes critical is told then, and not once more in the morning',
      `2026-03-02 23:10 raised a warning
       2026-03-03 02:00 raised a warning+critical
       2026-03-03 03:00 cleared a warning+critical`,
      '2026-03-03 08:00',
      ['2026-03-03 02:00 raised a', '2026-03-03 03:00 cleared a'],
    ],
    [
      'the end of a warning that was told in the evening waits, and is told',
      `2026-03-02 21:50 raised a warning
       2026-03-02 23:10 cleared a warning`,
      '2026-03-03 08:00',
      ['2026-03-02 21:50 raised a', '2026-03-03 07:00 cleared a'],
    ],
    [
      'of what waits only the newest is told, and what comes by day comes at once',
      `2026-03-02 23:10 raised a low
       2026-03-03 01:00 acked a low
       2026-03-03 12:00 cleared a low`,
      '2026-03-03 13:00',
      ['2026-03-03 07:00 acked a', '2026-03-03 12:00 cleared a'],
    ],
    [
      'a restart forgets nothing of what waits',
      `2026-03-02 23:10 raised a warning
       2026-03-02 23:11 raised b warning
       2026-03-03 03:00 restart
       2026-03-03 04:00 cleared b warning
       2026-03-03 05:00 restart`,
      '2026-03-03 08:00',
      ['2026-03-03 07:00 raised a'],
    ],
    [
      'where clocks go forward at night they end at 07:00 all the same',
      '2026-03-28 23:10 raised a warning',
      '2026-03-29 08:00',
      ['2026-03-29 07:00 raised a'],
    ],
    [
      'and where clocks go back',
      '2026-10-24 23:10 raised a warning',
      '2026-10-25 08:00',
      ['2026-10-25 07:00 raised a'],
    ],
  ])('%s', async (_, story, end, expected) => {
    expect(await play(QUIET, story, end)).toEqual({ pager: expected })
  })

  test('other days and other severities are told at once', async () => {
    const weekend = QUIET.replace(
      '{ hours: "22:00-07:00" }',
      '{ hours: "00:00-24:00", days: [sat, sun], severities: [low] }',
    )
    const story = `2026-03-06 23:00 raised a low
      2026-03-07 00:30 raised b low
      2026-03-07 00:40 raised c warning`
    expect(await play(weekend, story, '2026-03-09 09:00')).toEqual({
      pager: ['2026-03-06 23:00 raised a', '2026-03-07 00:40 raised c', '2026-03-09 00:00 raised b'],
    })
  })
})

const ROTA = `${HEAD}
  webhooks:
    - { name: anna, url: "http://127.0.0.1:1/", secretFile: k, routes: [cooling], onCall: anna }
    - { name: ben, url: "http://127.0.0.1:1/", secretFile: k, routes: [cooling], onCall: ben }
    - { name: all, url: "http://127.0.0.1:1/", secretFile: k, routes: [cooling] }
  schedules: { cooling: { rota: { from: 2026-03-02T08:00, who: [anna, ben] } } }
`

describe('by a rota that changes on Mondays at 08:00', () => {
  test.each([
    [
      'an alarm is told to whoever is on call, with the name',
      '2026-03-03 10:00 raised a warning',
      '2026-03-03 11:00',
      { anna: ['2026-03-03 10:00 raised a (anna)'], ben: [], all: ['2026-03-03 10:00 raised a (anna)'] },
    ],
    [
      'its end is told to the one who was called and to the one who has taken over, a reminder to the latter alone',
      `2026-03-09 07:00 raised a warning
       2026-03-09 11:00 raised a warning repeat
       2026-03-09 12:00 cleared a warning`,
      '2026-03-09 13:00',
      {
        anna: ['2026-03-09 07:00 raised a (anna)', '2026-03-09 12:00 cleared a (ben)'],
        ben: ['2026-03-09 11:00 raised a (ben)', '2026-03-09 12:00 cleared a (ben)'],
        all: [
          '2026-03-09 07:00 raised a (anna)',
          '2026-03-09 11:00 raised a (ben)',
          '2026-03-09 12:00 cleared a (ben)',
        ],
      },
    ],
    [
      'turns keep their time of day when clocks go forward',
      `2026-03-30 07:30 raised a warning
       2026-03-30 08:30 raised b warning`,
      '2026-03-30 09:00',
      {
        anna: ['2026-03-30 08:30 raised b (anna)'],
        ben: ['2026-03-30 07:30 raised a (ben)'],
        all: ['2026-03-30 07:30 raised a (ben)', '2026-03-30 08:30 raised b (anna)'],
      },
    ],
    [
      'before it begins nobody is on call',
      '2026-03-01 10:00 raised a warning',
      '2026-03-01 11:00',
      { anna: [], ben: [], all: ['2026-03-01 10:00 raised a ()'] },
    ],
  ])('%s', async (_, story, end, expected) => {
    expect(await play(ROTA, story, end)).toEqual(expected)
  })

  test('what waited over night is told to whoever is on call in the morning', async () => {
    const both = ROTA.replace('rota:', 'quiet: [{ hours: "22:00-09:00" }], rota:')
    expect(await play(both, '2026-03-08 23:00 raised a warning', '2026-03-09 10:00')).toEqual({
      anna: [],
      ben: ['2026-03-09 09:00 raised a (ben)'],
      all: ['2026-03-09 09:00 raised a (ben)'],
    })
  })

  test('check says who is on call, until when, and who is next', () => {
    expect(dutyLines(siteOf(ROTA).config, atMs('2026-03-10 10:00'))).toEqual([
      'route cooling: ben is on call until 2026-03-16 08:00 (Europe/Paris), then anna',
    ])
    expect(dutyLines(siteOf(QUIET).config, atMs('2026-03-10 10:00'))).toEqual([
      'route cooling: low and warning wait 22:00-07:00 (Europe/Paris)',
    ])
  })
})
