import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Config } from '../config/config.ts'
import { reportModel } from '../config/reporting/report-schema.ts'
import { ruleSetNamed } from '../config/rules/rules.ts'
import type { States } from '../health/log.ts'
import { reportFolder } from '../reports/days/kept.ts'
import { readSigningKey } from '../reports/pack/manifest.ts'
import { openPack } from '../reports/pack/open.ts'
import { endedReports } from '../reports/period.ts'
import { reportMail } from '../reports/render/mail.ts'
import { makeDue, waitsOf } from '../reports/scheduled/make.ts'
import { sendMail, type EmailParts } from '../send/notices/email.ts'
import { mailers } from '../send/notices/start.ts'
import type { Site } from '../site/site.ts'
import { writeDurably } from '../store/durable.ts'
import type { Store } from '../store/types.ts'
import type { Task } from './schedule.ts'

type Scheduled = Config['schedule']['reports'][number]

/** A pack that is still to be mailed, and by which entry of the configuration. */
interface Waiting {
  readonly pack: string
  readonly every: Scheduled['every']
  readonly rules: string
  readonly sinceMs: number
}

/** What no server has taken for so long is mailed no more; it stays on the page. */
const GIVE_UP_MS = 7 * 86_400_000

/**
 * Reports of periods by rule sets, as packs that the page shows. Each is made once its period has settled, and once
 * more when no backlog can reach it. It is mailed where that is asked for. Throws `BadInput` for a key or rule set that
 * is none.
 */
export function energyReports(
  site: () => Site,
  store: Pick<Store, 'history' | 'journal' | 'start'>,
  states: States,
): Task[] {
  const { config } = site()
  const { reports } = config.schedule
  if (reports.length === 0) return []
  const senders = mailers(config, states)
  for (const wanted of reports) materialsOf(wanted)
  return [
    {
      name: 'energy reports',
      cron: '40 * * * *',
      makeUp: true,
      run: async (nowMs, doneMs) => {
        let failure: Error | undefined
        const note = (error: unknown): void => {
          failure ??= error instanceof Error ? error : new Error(String(error))
        }
        for (const wanted of reports) {
          await makeEnded(site(), store, wanted, { nowMs, doneMs }).catch(note)
        }
        await mailWaiting(site().config, senders, nowMs).catch(note)
        if (failure !== undefined) throw failure
      },
    },
  ]
}

/** Files are read each time: a key may be changed while we run. */
function materialsOf({ rules, rulesFile, signFile }: Scheduled) {
  return {
    rules: ruleSetNamed(rulesFile ?? rules),
    key: signFile === undefined ? undefined : readSigningKey(signFile, 'schedule.reports.signFile'),
  }
}

async function makeEnded(
  site: Site,
  store: Pick<Store, 'history' | 'journal' | 'start'>,
  wanted: Scheduled,
  { nowMs, doneMs }: { readonly nowMs: number; readonly doneMs: number },
): Promise<void> {
  const materials = materialsOf(wanted)
  const { settledMs, closedMs } = waitsOf(site)
  for (const waitMs of [settledMs, closedMs]) {
    for (const period of endedReports(wanted.every, site.config.site.timezone, doneMs - waitMs, nowMs - waitMs)) {
      const pack = await makeDue(site, store, { period, ...materials }, nowMs)
      if (pack === undefined || wanted.mailBy === undefined) continue
      const waiting = { pack, every: wanted.every, rules: wanted.rulesFile ?? wanted.rules, sinceMs: nowMs }
      await keepWaiting(site.config, [...(await readWaiting(site.config)), waiting])
    }
  }
}

/** Mails what waits, oldest first. What a server does not take stays, and fails the task, which tries again. */
async function mailWaiting(config: Config, senders: readonly EmailParts[], nowMs: number): Promise<void> {
  let waiting = await readWaiting(config)
  let failure: Error | undefined
  for (const each of waiting) {
    const wanted = config.schedule.reports.find(
      (it) => it.every === each.every && (it.rulesFile ?? it.rules) === each.rules,
    )
    const sender = senders.find(({ name }) => name === wanted?.mailBy)
    const isOver = nowMs - each.sinceMs > GIVE_UP_MS
    if (wanted !== undefined && sender !== undefined && !isOver) {
      try {
        await mailPack(each.pack, wanted, sender)
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error))
        continue
      }
    }
    waiting = waiting.filter((it) => it !== each)
    await keepWaiting(config, waiting)
  }
  if (failure !== undefined) throw failure
}

async function mailPack(path: string, { language, mailTo }: Scheduled, sender: EmailParts): Promise<void> {
  const pack = await openPack(path)
  const parsed = reportModel.safeParse(JSON.parse(String((await pack.bytes('report.json')) ?? '{}')))
  if (!parsed.success) throw new Error(`${path} cannot be read: see with \`coldaisle verify\` what is wrong with it`)
  const name = `${basename(dirname(path))}-${basename(path)}`
  const page = `report.${language}.html`
  const content = await pack.bytes(page)
  await sendMail(sender, {
    to: mailTo ?? sender.config.to,
    ...reportMail(parsed.data, language),
    of: name,
    files: [
      ...(content === undefined
        ? []
        : [{ filename: name.replace(/\.zip$/, '.html'), content, contentType: 'text/html; charset=utf-8' }]),
      { filename: name, content: await readFile(path), contentType: 'application/zip' },
    ],
  })
}

function waitingFile(config: Config): string {
  return join(reportFolder(config), 'to-mail.json')
}

/** A list that cannot be read is none: its reports stay on the page. */
async function readWaiting(config: Config): Promise<Waiting[]> {
  const text = await readFile(waitingFile(config), 'utf8').catch(() => '[]')
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? (parsed as Waiting[]) : []
  } catch {
    return []
  }
}

async function keepWaiting(config: Config, waiting: readonly Waiting[]): Promise<void> {
  await writeDurably(waitingFile(config), `${JSON.stringify(waiting, null, 2)}\n`)
}
