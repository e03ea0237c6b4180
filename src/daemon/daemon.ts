import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../config/config.ts'
import { alarmCounts } from '../core/alarms/alarms.ts'
import { createHealth, recordCommit, sampleHealth, unready, type Health } from '../health/health.ts'
import { apiRoutes } from '../http/api.ts'
import { assetRoutes } from '../http/assets.ts'
import { createFeed } from '../http/feed.ts'
import { openHttp } from '../http/server.ts'
import { commandTopic } from '../ingest/command.ts'
import { openLink } from '../mqtt/open-link.ts'
import { healthRow } from '../health/row.ts'
import type { Link, LinkChange } from '../mqtt/source.ts'
import { openIntake, type Intake } from '../fold/intake.ts'
import { createStates, type Log, type States } from '../health/log.ts'
import { startNotify } from '../send/notices/start.ts'
import { createOwnAlarms } from './own-alarms.ts'
import { createSchedule, openLastDone } from './schedule.ts'
import { cleanError } from '../health/secrets.ts'
import { createSite } from '../site/site.ts'
import { createDrain, type DrainState } from '../send/influx/drain.ts'
import { openInflux } from '../send/influx/influx.ts'
import { openStore } from '../store/store.ts'
import type { Store, StoredRow } from '../store/types.ts'
import { checkCertificates, dailyTasks } from './tasks.ts'

/** The running daemon. */
export interface Daemon {
  /** Where the page and the metrics are. */
  readonly httpPort: number
  /** Settles when the daemon cannot go on, with the exit code and why. */
  readonly ended: Promise<Ending>
  /** Goes on with another configuration, or says why it takes a restart. */
  reload(config: Config): Promise<string | undefined>
  /** Source first, then what is on its way, then the store. */
  stop(): Promise<void>
}

export interface Ending {
  code: number
  reason: string
}

/** Told after each commit, with the rows that it took along. */
type Wake = (rows: readonly StoredRow[]) => void

const INTERNAL = 70
/** Another daemon uses our client id: a supervisor's restart would only take turns with it. */
const TAKEN_OVER = 75
const TAKEOVERS = 3

const DRAIN_MS = 5_000
const TASKS_MS = 10_000

/**
 * Starts everything in the order in which it is needed. Rejects with an `Error` in a sentence when something cannot be
 * opened; what had been opened is closed again.
 */
export async function startDaemon(config: Config, log: Log, clock: () => number = Date.now): Promise<Daemon> {
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>()
  const states = createStates(log)
  const health = createHealth(clock())
  const fail = (error: unknown) => {
    health.failed = cleanError(error)
    end({ code: INTERNAL, reason: health.failed })
  }
  const parts = new AsyncDisposableStack()
  try {
    const store = await startStore(config, log, parts)
    health.storeOpen = true
    const wakes: Wake[] = []
    const intake = await openIntake(createSite(config), {
      store,
      clock,
      onFull: (full) => noteDisk(health, states, full),
      onCommit: (change) => noteCommit(health, change),
      onOutputs: (rows) => wakes.forEach((wake) => wake(rows)),
    })
    intake.failed.catch(fail)
    parts.defer(() => intake.close())
    const onLink = (change: LinkChange) => {
      tellLink(states, health, change)
      if (change.kind === 'connected') wakes.forEach((wake) => wake([]))
      if (change.kind === 'takeover' && change.count >= TAKEOVERS) {
        end({ code: TAKEN_OVER, reason: 'another program uses our MQTT client id' })
      }
    }
    await startDrain(config, store, health, states, parts, wakes, fail)
    const link = parts.adopt(
      await openLink(config, {
        topics: topicsOf(config),
        deliver: (arrival, ack) => intake.deliver(arrival, ack),
        onState: onLink,
        expectSession: store.start().lastSeq > 0,
      }),
      (it) => it.close(),
    )
    const site = () => intake.pipeline().site
    const notifying = parts.use(await startNotify({ config, store, link, health, states, log, site, clock, fail }))
    wakes.push(() => notifying.wake())
    startWatch(intake, store, health, clock, parts)
    const page = await openPage(config, { intake, store, health, states, clock }, parts, wakes)
    await checkCertificates(config, health, states, clock())
    const tasks = dailyTasks({ site, store, health, states })
    const done = openLastDone(join(config.store.path, 'schedule.json'))
    parts.adopt(await createSchedule(tasks, { done, log, clock }), async (it) => void (await it.stop(TASKS_MS)))
    return {
      httpPort: page.port,
      ended,
      reload: (next) => reload(config, next, intake, link).finally(() => page.restart()),
      stop: () => parts.disposeAsync(),
    }
  } catch (error) {
    await parts.disposeAsync()
    throw error
  }
}

async function startStore(config: Config, log: Log, parts: AsyncDisposableStack): Promise<Store> {
  const options = { ...config.store, outbox: config.influx !== undefined }
  const store = parts.adopt(await openStore(options), (it) => it.close())
  const { lastSeq, foldedSeq, snapshotSeq, lostSeq, badSnapshots, quarantined } = store.start()
  log.info({ lastSeq, foldedSeq, snapshotSeq }, 'the store is open')
  if (lostSeq !== undefined) log.error({ lostSeq }, `${lostSeq} acknowledged packets are missing from the journal`)
  for (const bad of badSnapshots) log.error(bad, 'a snapshot did not pass its check and was set aside')
  if (quarantined !== undefined) log.error({ quarantined }, 'the database was damaged and was set aside')
  return store
}

function noteDisk(health: Health, states: States, full: boolean): void {
  health.diskFull = full
  states.tell('disk', full ? 'full' : 'has room', {}, full ? 'error' : 'info')
}

function noteCommit(health: Health, change: { sinceMs: number } | { tookMs: number }): void {
  if ('sinceMs' in change) {
    health.commitSinceMs = change.sinceMs
    return
  }
  health.commitSinceMs = NaN
  recordCommit(health, change.tookMs)
}

/** Rows go to InfluxDB if there is one; while we stop, the drain gets a moment to finish its batch. */
async function startDrain(
  config: Config,
  store: Store,
  health: Health,
  states: States,
  parts: AsyncDisposableStack,
  wakes: Wake[],
  fail: (error: unknown) => void,
): Promise<void> {
  if (config.influx === undefined) return
  const door = parts.adopt(await openInflux(config.influx), (it) => it.close())
  const drain = createDrain({ store, door, onState: (state) => tellDrain(states, health, state) })
  const stop = new AbortController()
  const running = drain.run(stop.signal).catch(fail)
  parts.defer(async () => {
    const deadlineMs = performance.now() + DRAIN_MS
    while (store.depth().rows > 0 && health.outboxHeld === undefined && performance.now() < deadlineMs) {
      drain.wake()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    stop.abort()
    await running
  })
  wakes.push(() => {
    drain.wake()
    Object.assign(health.rows, {
      accepted: drain.counts.accepted,
      kept: drain.counts.kept,
      rejected: drain.counts.rejected,
    })
  })
}

function tellDrain(states: States, health: Health, state: DrainState): void {
  if (state.kind === 'back') {
    health.outboxHeld = undefined
    states.tell('influx', 'takes rows', { afterMs: state.afterMs })
    return
  }
  health.outboxHeld = state.kind === 'held' ? state.reason : undefined
  states.tell('influx', `${state.kind}: ${state.reason}`, {}, 'warn')
}

function topicsOf({ points, site }: Config): string[] {
  return [...new Set([...Object.values(points).map(({ topic }) => topic), commandTopic(site.id)])]
}

function tellLink(states: States, health: Health, change: LinkChange): void {
  const { kind, ...detail } = change
  if (kind === 'connected' || kind === 'listening') health.connected = true
  if (kind === 'lost' || kind === 'refused') health.connected = false
  const calm = kind === 'connected' || kind === 'listening'
  const aside = kind === 'subscription_refused' || kind === 'session_lost' ? ` (${kind})` : ''
  const name = kind === 'guarded' ? `broker (turned away: ${change.guard})` : `broker${aside}`
  // Another reason is another state: "refused" for a wrong password is not "refused" for no answer.
  const state = kind === 'lost' || kind === 'refused' ? `${kind}: ${change.reason}` : kind
  states.tell(name, state, detail, calm ? 'info' : 'warn')
}

/** Keeps the health up to date, and tells it as a row at each whole minute. */
function startWatch(
  intake: Intake,
  store: Store,
  health: Health,
  clock: () => number,
  parts: AsyncDisposableStack,
): void {
  let minute = Math.floor(clock() / 60_000)
  const judgeOwn = createOwnAlarms(health, (payload) => {
    const topic = commandTopic(intake.pipeline().site.config.site.id)
    intake.deliver({ topic, payload: Buffer.from(payload), retain: false }, () => undefined)
  })
  const watch = setInterval(() => {
    const pipeline = intake.pipeline()
    const { counts, packets, nowMs, core, site } = pipeline
    judgeOwn(pipeline)
    Object.assign(health.alarms, alarmCounts(core.alarms, clock()))
    const depth = store.depth()
    Object.assign(health, {
      readings: counts,
      packets,
      lastPacketMs: nowMs,
      newestMs: core.mark.newestMs,
      journalPackets: depth.journal,
      journalBytes: depth.bytes,
      outboxRows: depth.rows,
      outboxNotices: depth.notices,
    })
    health.rows.dropped = depth.dropped
    health.noticesFallen = depth.droppedNotices
    if (Math.floor(clock() / 60_000) === minute) return
    minute = Math.floor(clock() / 60_000)
    sampleHealth(health)
    intake.emit(healthRow(health, site.config.site.id, minute * 60_000))
  }, 1000)
  parts.defer(() => clearInterval(watch))
}

interface Shown {
  intake: Intake
  store: Store
  health: Health
  states: States
  clock: () => number
}

/** The page and its rows as they are committed; with them, how far behind and how well we are. */
async function openPage(
  config: Config,
  { intake, store, health, states, clock }: Shown,
  parts: AsyncDisposableStack,
  wakes: Wake[],
): Promise<{ port: number; restart(): void }> {
  const feed = createFeed({
    pulse: () => ({
      nowMs: clock(),
      ...(Number.isFinite(health.newestMs) ? { newestMs: health.newestMs } : {}),
      connected: health.connected,
      reasons: unready(health),
    }),
    onCut: ({ cut }) => states.tell('page', 'a reader was too slow', { cut }, 'warn'),
  })
  const { listen, trustedProxy } = config.http
  const onError = (error: unknown) => states.tell('page', 'failed', { reason: cleanError(error) }, 'error')
  const [site, core] = [() => intake.pipeline().site, () => intake.pipeline().core]
  const routes = [...assetRoutes(), ...apiRoutes({ site, core, store, feed, clock })]
  parts.defer(() => feed.close())
  const http = parts.adopt(await openHttp({ listen, trustedProxy, health, onError, routes }), (it) => it.close())
  // Readers end before the server, which would wait for them.
  parts.defer(() => feed.close())
  wakes.push((rows) => feed.push(rows))
  return { port: http.port, restart: () => feed.restart() }
}

/** What a running daemon cannot change under itself. */
function fixedParts({ mqtt, influx, store, http, log, schedule, notify, site, core }: Config): Record<string, unknown> {
  return { mqtt, influx, store, http, log, schedule, notify, 'site.id': site.id, 'core.intervalS': core.intervalS }
}

async function reload(before: Config, next: Config, intake: Intake, link: Link): Promise<string | undefined> {
  const old = fixedParts(before)
  const changed = Object.entries(fixedParts(next)).filter(([key, part]) => !isDeepStrictEqual(part, old[key]))
  if (changed.length > 0) return `${changed.map(([key]) => key).join(', ')} changed, which takes a restart`
  await intake.reload(createSite(next))
  link.setTopics(topicsOf(next))
  return undefined
}
