import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { openIntake, type Intake } from '../fold/intake.ts'
import { arrivalMs, createSteadyClock, type ClockChange, type HostClock } from '../fold/steady-clock.ts'
import { createHealth, recordCommit, type Health } from '../health/health.ts'
import { createStates, type Log, type States } from '../health/log.ts'
import { cleanError } from '../health/secrets.ts'
import { INFLUX } from '../send/influx/batch.ts'
import { startNotify } from '../send/notices/start.ts'
import { createSite } from '../site/site.ts'
import { openStore } from '../store/store.ts'
import type { Store } from '../store/types.ts'
import { openKnownAccounts } from './accounts.ts'
import { renewLink, startLink } from './broker.ts'
import { startForwarding } from './sending/forwarding.ts'
import { startDrain } from './sending/influx.ts'
import { collectGarbage } from './collect.ts'
import { startCompacting } from './compact.ts'
import { followFigures, startPublishing } from './figures.ts'
import { openPage, openPublicPage } from './page.ts'
import type { DaemonParts } from './parts.ts'
import { startPrimaryHost } from './primary-host.ts'
import { createReload } from './reload.ts'
import { createSchedule, openLastDone } from './schedule.ts'
import { checkCertificates, dailyTasks } from './tasks.ts'
import { startWatch } from './watch.ts'

/** The running daemon. */
export interface Daemon {
  /** Where the page and the metrics are. */
  readonly httpPort: number
  /** Settles when the daemon cannot go on, with the exit code and why. */
  readonly ended: Promise<Ending>
  /** Applies another configuration as a whole, or says which of its changes take a restart and applies nothing. */
  reload(config: Config): Promise<string | undefined>
  /** Closes everything, in the reverse of the order in which it was opened. */
  stop(): Promise<void>
}

export interface Ending {
  code: number
  reason: string
}

const HOST_CLOCK: HostClock = { wallMs: Date.now, monotonicMs: () => Math.floor(performance.now()) }

const INTERNAL = 70
/** Another daemon uses our client id: a supervisor's restart would only take turns with it. */
const TAKEN_OVER = 75
const TASKS_MS = 10_000

/**
 * Opens everything in the order in which it is needed, and closes it in the reverse order:
 *
 *     open ↓                                                                      close ↑
 *     store      journal, snapshots, queues      last commit is in, the file is released
 *     stream     an edge sends its journal there    up to 5 s for what the last commit held
 *     intake     takes packets; folds the        what was delivered is folded and committed
 *                journal behind them first
 *     drain      sends rows to InfluxDB          up to 5 s to empty the queue, if InfluxDB takes rows
 *     link       packets come from here on       no packet comes; the broker keeps them
 *     host       Sparkplug's STATE, rebirths     it says that it goes
 *     notices    alarms go out                   what was not sent waits in the store
 *     publishing state topics, if there are any  what was published stays until it expires
 *     watch      numbers of health, each second
 *     compacting rows of past hours are packed   between two steps
 *     page       HTTP and the live feed          readers end first: the server would wait for them
 *     schedule   backup, report, certificates    up to 10 s for a task that runs
 *
 * Rejects with an `Error` in a sentence when something cannot be opened; what had been opened is closed again.
 */
export async function startDaemon(config: Config, log: Log, host: HostClock = HOST_CLOCK): Promise<Daemon> {
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>()
  const states = createStates(log)
  const steady = createSteadyClock(host)
  const clock = () => arrivalMs(steady)
  const health = createHealth(clock())
  const fail = (error: unknown) => {
    health.failed = cleanError(error)
    end({ code: INTERNAL, reason: health.failed })
  }
  const open = new AsyncDisposableStack()
  try {
    const store = await startStore(config, health, log, open)
    const daemon = partsOf({ config, store, health, states, log, steady, clock, open, fail })
    startForwarding(daemon)
    const intake = await startIntake(daemon)
    const figures = followFigures(daemon, intake)
    collectGarbage()
    await startDrain(daemon, intake)
    const accounts = openKnownAccounts(daemon, intake)
    const link = await startLink(daemon, intake, accounts, () =>
      end({ code: TAKEN_OVER, reason: 'another daemon uses our MQTT client id, and ran before us' }),
    )
    startPrimaryHost(daemon, intake)
    const site = () => intake.pipeline().site
    const notifying = open.use(await startNotify({ config, store, link, health, states, log, site, clock, fail }))
    daemon.wakes.push(() => notifying.wake())
    await startPublishing(daemon, { link, site, figures })
    startWatch(daemon, intake)
    startCompacting(daemon)
    const page = await openPage(daemon, intake, accounts, figures)
    await openPublicPage(daemon, intake)
    await checkCertificates(config, health, states, clock())
    const renewFiles = () => renewLink(link, daemon)
    const reload = createReload({ started: config, intake, link, standing: () => store.standing(), renewFiles })
    startTasks(daemon, intake)
    return {
      httpPort: page.port,
      ended,
      reload: (next) =>
        reload(next).finally(() => {
          page.restart()
          void checkCertificates(site().config, health, states, clock())
        }),
      stop: () => open.disposeAsync(),
    }
  } catch (error) {
    await open.disposeAsync()
    throw error
  }
}

function partsOf(parts: Omit<DaemonParts, 'wakes' | 'commits'>): DaemonParts {
  return { ...parts, wakes: [], commits: [] }
}

async function startStore(config: Config, health: Health, log: Log, open: AsyncDisposableStack): Promise<Store> {
  const rowReceivers = config.influx === undefined ? [] : [INFLUX]
  const options = { ...config.store, rowReceivers, isForwarded: config.edge !== undefined }
  const store = open.adopt(await openStore(options), (it) => it.close())
  health.storeOpen = true
  const { lastSeq, foldedSeq, snapshotSeq, lostSeq, badSnapshots, damaged, quarantined } = store.start()
  log.info({ lastSeq, foldedSeq, snapshotSeq }, 'the store is open')
  if (lostSeq !== undefined) log.error({ lostSeq }, `${lostSeq} acknowledged packets are missing from the journal`)
  for (const bad of badSnapshots) log.error(bad, 'a snapshot did not pass its check and was set aside')
  if (damaged.length > 0) log.error({ damaged }, 'rows of the database have changed on the disk and were taken out')
  if (quarantined !== undefined) log.error({ quarantined }, 'the database was damaged and was set aside')
  return store
}

async function startIntake({
  config,
  store,
  health,
  states,
  log,
  steady,
  open,
  wakes,
  commits,
  fail,
}: DaemonParts): Promise<Intake> {
  let told = 0
  const tellLostGroups = () => {
    for (const lost of store.lostGroups().slice(told))
      log.error(lost, `journalled packets ${lost.firstSeq} to ${lost.lastSeq} are ${lost.reason}: they are left out`)
    told = store.lostGroups().length
  }
  const intake = await openIntake(createSite(config), {
    store,
    clock: steady,
    onClock: (change) => tellClock(states, change),
    onFull: (full) => noteDisk(health, states, full),
    onCommit(change) {
      noteCommit(health, change)
      if ('tookMs' in change) commits.forEach((wake) => wake())
      tellLostGroups()
    },
    onOutputs: (blocks) => wakes.forEach((wake) => wake(blocks)),
  })
  intake.failed.catch(fail)
  const left = intake.behind()
  if (left > 0) states.tell('journal', 'being folded', { left })
  void intake.caughtUp.then(() => {
    tellLostGroups()
    if (left > 0) states.tell('journal', 'folded')
  })
  open.defer(() => intake.close())
  return intake
}

/** What is done at set times reads stored rows: it begins when the journal behind the start has given its own. */
function startTasks(daemon: DaemonParts, intake: Intake): void {
  const { config, store, health, states, log, clock, open, fail } = daemon
  const site = () => intake.pipeline().site
  const tasks = dailyTasks({ site, store, emit: (row) => intake.emit(row), health, states })
  const stop = new AbortController()
  const starting = intake.caughtUp.then(() => {
    if (stop.signal.aborted) return undefined
    return createSchedule(tasks, { done: openLastDone(join(config.store.path, 'schedule.json')), log, clock })
  })
  starting.catch(fail)
  open.defer(async () => {
    stop.abort()
    if (intake.behind() > 0) return
    const schedule = await Promise.race([starting, intake.failed]).catch(() => undefined)
    await schedule?.stop(TASKS_MS)
  })
}

/** Says once that the host's clock has left arrival time, and how that ended. */
function tellClock(states: States, change: ClockChange): void {
  const seconds = Math.round(Math.abs(change.byMs) / 1000)
  const side = change.byMs > 0 ? 'ahead of' : 'behind'
  switch (change.kind) {
    case 'agrees':
      return states.tell('clock of the host', `agrees with arrival times again, after ${seconds} s ${side} them`)
    case 'differs':
      return states.tell('clock of the host', `${seconds} s ${side} arrival times, which do not follow yet`, {}, 'warn')
    case 'stepped':
      return states.tell('clock of the host', `${seconds} s ${side} arrival times, which now follow`, {}, 'warn')
  }
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
