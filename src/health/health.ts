import { createHistogram, monitorEventLoopDelay, type ELDHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { createCounts } from '../core/contract/outcome.ts'

/** How the daemon is: plain numbers that its parts write here. NaN stands for unknown. */
export interface Health {
  readonly startedMs: number
  /** Readings by outcome, in the order of `OUTCOMES`: the pipeline's own counts. */
  readings: Float64Array
  packets: number
  /** Readings whose local time lay in a doubled hour, in doubt which of its two was meant. */
  doubted: number
  /** Of messages that their senders number: lost ones, those without a readable number, and counts begun anew. */
  readonly numbered: { lost: number; unnumbered: number; anew: number }
  /** Brings the numbers below up to date that change with each packet and row. Call it before they are told. */
  refresh: () => void
  /** What became of rows that were sent, as of now. */
  drainCounts: () => { accepted: number; kept: number; rejected: number }
  /** Rows by outcome; `kept` counts the attempts after which rows had to be sent again. */
  readonly rows: { accepted: number; kept: number; rejected: number; dropped: number }
  /** Packets that are kept, and what they take. */
  journalPackets: number
  journalBytes: number
  /** Rows and alarm notices that wait to be sent, those that no commit has taken yet included. */
  outboxRows: number
  outboxNotices: number
  /** Notices by receiver and what became of them (notify.ts), and how many fell out of the full queue. */
  readonly notices: Map<string, Map<string, number>>
  noticesFallen: number
  /** Refused packets that are kept, and those that gave way. */
  refusedKept: number
  refusedFallen: number
  /** How many wait for each receiver. */
  noticesWaiting: () => [receiver: string, notices: number][]
  /** Newest accepted event time. */
  newestMs: number
  /** Rows up to this end are not provisional any more, those that do not say so themselves included. */
  settledThroughMs: number
  /** Arrival time of the newest packet. */
  lastPacketMs: number
  /** Arrival time at which the commit under way was given to the store; NaN while there is none. */
  commitSinceMs: number
  readonly commits: RecordableHistogram
  readonly loopDelay: ELDHistogram
  /** Latencies between the last two calls of `sampleHealth`, ms, and when the last one was; NaN: there was none. */
  sampledMs: number
  commitP50Ms: number
  commitP99Ms: number
  loopP99Ms: number
  loopMaxMs: number
  rssBytes: number
  storeOpen: boolean
  /** How many entries of the journal are still to be folded after a start; 0: none. */
  behind: () => number
  /** The broker's client is connected, or the embedded broker listens. */
  connected: boolean
  /** Why rows are held though the database answers; undefined: they are not. */
  outboxHeld: string | undefined
  /** Since when InfluxDB has not answered, ms of a steady clock; NaN: it does. */
  influxLostMs: number
  /** Of an edge: how many entries of the journal the stream does not have yet; NaN without a stream. */
  unforwarded: () => number
  /** Why the stream takes nothing; undefined: it does, or nobody answers. */
  streamHeld: string | undefined
  /** Since when nobody answers, and when it was last found to have lost entries, ms of a steady clock; NaN: never. */
  streamLostMs: number
  streamShorterMs: number
  /** How long InfluxDB may be away before the daemon is not ready, ms. */
  influxPatienceMs: number
  /** The journal takes no packets for want of space. */
  diskFull: boolean
  /** Alarms that stand, and those that have for 24 h. Since the store began: raised, chattering ones, and floods. */
  readonly alarms: { active: number; standing: number; raised: number; chattering: number; floods: number }
  /** The fault with which the daemon cannot go on; undefined: none. */
  failed: string | undefined
  /** Days until a certificate ends, by the key that names its file (`mqtt.certFile`, `influx.caFile`). */
  readonly certificateDays: Map<string, number>
  /** HTTP requests that failed inside. */
  httpErrors: number
  /** What the embedded broker refused to clients by their accounts. */
  refusedByClient: ReadonlyMap<string, number>
}

/** A commit without an answer after a minute will get none: only a restart helps. */
const COMMIT_HANGS_MS = 60_000

export function createHealth(startedMs: number): Health {
  const loopDelay = monitorEventLoopDelay({ resolution: 20 })
  loopDelay.enable()
  return {
    startedMs,
    readings: createCounts(),
    packets: 0,
    doubted: 0,
    numbered: { lost: 0, unnumbered: 0, anew: 0 },
    refresh: () => undefined,
    drainCounts: () => ({ accepted: 0, kept: 0, rejected: 0 }),
    rows: { accepted: 0, kept: 0, rejected: 0, dropped: 0 },
    journalPackets: 0,
    journalBytes: 0,
    outboxRows: 0,
    outboxNotices: 0,
    notices: new Map(),
    noticesFallen: 0,
    refusedKept: 0,
    refusedFallen: 0,
    noticesWaiting: () => [],
    newestMs: Number.NaN,
    settledThroughMs: Number.NaN,
    lastPacketMs: Number.NaN,
    commitSinceMs: Number.NaN,
    commits: createHistogram(),
    loopDelay,
    sampledMs: Number.NaN,
    commitP50Ms: Number.NaN,
    commitP99Ms: Number.NaN,
    loopP99Ms: Number.NaN,
    loopMaxMs: Number.NaN,
    rssBytes: process.memoryUsage.rss(),
    storeOpen: false,
    behind: () => 0,
    connected: false,
    outboxHeld: undefined,
    influxLostMs: Number.NaN,
    unforwarded: () => Number.NaN,
    streamHeld: undefined,
    streamLostMs: Number.NaN,
    streamShorterMs: Number.NaN,
    influxPatienceMs: Infinity,
    diskFull: false,
    alarms: { active: 0, standing: 0, raised: 0, chattering: 0, floods: 0 },
    failed: undefined,
    certificateDays: new Map(),
    httpErrors: 0,
    refusedByClient: new Map(),
  }
}

/** Notes how long one commit took, from giving it to the store to its answer, in ms (a steady clock's). */
export function recordCommit({ commits }: Health, tookMs: number): void {
  commits.record(Math.max(1, Math.round(tookMs * 1000)))
}

/** Reads the latencies since the last call, then clears the histograms. Call it once a minute. */
export function sampleHealth(health: Health, nowMs: number): void {
  const { commits, loopDelay } = health
  const some = commits.count > 0
  health.commitP50Ms = some ? commits.percentile(50) / 1000 : Number.NaN
  health.commitP99Ms = some ? commits.percentile(99) / 1000 : Number.NaN
  // The histogram holds whole turns of its 20 ms timer: what is above them is delay. In ns.
  const turned = loopDelay.count > 0
  health.loopP99Ms = turned ? Math.max(0, loopDelay.percentile(99) / 1e6 - 20) : Number.NaN
  health.loopMaxMs = turned ? Math.max(0, loopDelay.max / 1e6 - 20) : Number.NaN
  health.sampledMs = nowMs
  commits.reset()
  loopDelay.reset()
}

/** How far the newest accepted event time lies behind `nowMs`, ms; NaN before the first reading. */
export function lagMs({ newestMs }: Health, nowMs: number): number {
  return nowMs - newestMs
}

/** Days until the first certificate ends; NaN without certificates. */
export function certificateDays({ certificateDays: days }: Health): number {
  return days.size === 0 ? Number.NaN : Math.min(...days.values())
}

/** False when only a restart helps: something failed for good, or the store no longer answers. */
export function isAlive({ failed, commitSinceMs }: Health, nowMs: number): boolean {
  return failed === undefined && !(nowMs - commitSinceMs > COMMIT_HANGS_MS)
}

export function isReady(health: Health): boolean {
  return unready(health).length === 0
}

/**
 * Why readings do not get through to where they should, in words without names or addresses. Empty: they do.
 * `steadyMs`: the clock of `influxLostMs`.
 */
export function unready(health: Health, steadyMs = performance.now()): string[] {
  const { failed, storeOpen, behind, connected, outboxHeld, diskFull, influxLostMs, influxPatienceMs } = health
  const lostMs = steadyMs - influxLostMs
  const left = behind()
  return [
    ...(failed === undefined ? [] : ['the daemon has failed']),
    ...(storeOpen ? [] : ['the store is not open']),
    ...(left === 0 ? [] : [`catching up with the journal: ${left} of its entries are left`]),
    ...(connected ? [] : ['no connection to a broker']),
    ...(diskFull ? ['the disk takes nothing: packets wait with the broker'] : []),
    ...(outboxHeld === undefined ? [] : ['rows are held']),
    ...(lostMs > influxPatienceMs ? [`InfluxDB has not answered for ${Math.floor(lostMs / 60_000)} min`] : []),
  ]
}
