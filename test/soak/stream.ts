/**
 * `npm run soak -- --stream --minutes 2`: the journal of an edge on its way to a cluster of three NATS servers (R3), at some
 * 3,000 packets a second. Every few seconds something fails: the stream's leader or another server is killed, all three
 * are, one loses its disk or stands still, the stream is deleted, answers are lost for longer than the duplicate window.
 * In the end each entry must be in the stream, once, in order, byte for byte. Printed is how long each failure held up
 * the stream.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../../simulators/random.ts'
import { connectNats } from '../../src/nats/nats.ts'
import { createForwarding, type Forwarding, type ForwardState } from '../../src/send/stream/forward.ts'
import { entriesOf } from '../../src/store/journal/group.ts'
import { openStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/types.ts'
import { machineOf } from '../bench/machine.ts'
import { NO_ROWS } from '../rows/new-rows.ts'
import { startChaos, type Chaos } from '../servers/chaos.ts'
import { until } from '../servers/daemon.ts'
import { freePort, startNats, type Server } from '../servers/servers.ts'
import { readStreams } from '../servers/stream.ts'

const NAMES = ['n1', 'n2', 'n3']
const PLAN = { name: 'soak', replicas: 3, days: 1, bytes: 1e9 }
const SUBJECT = 'soak.dc5'
const GROUP = 300
const GROUP_MS = 100
const REST_MS = 3_000
const LIMIT_MS = 120_000
/** Longer than a duplicate window of 2 s. */
const CUT_MS = 2_500

interface Bed {
  servers: Server[]
  proxies: Chaos[]
  store: Store
  forwarding: Forwarding
  random: Random
}

/** Of what fails; each is mended when it resolves. */
const FAILURES: Record<string, (bed: Bed) => Promise<void>> = {
  'leader killed': async (bed) => {
    const leader = await leaderOf(bed)
    await leader.kill()
    await sleep(1_000)
    await leader.restart()
  },
  'another server killed': async (bed) => {
    const leader = await leaderOf(bed)
    const other = bed.servers.find((server) => server !== leader) ?? leader
    await other.kill()
    await sleep(1_000)
    await other.restart()
  },
  'all three killed': async ({ servers }) => {
    await Promise.all(servers.map((server) => server.kill()))
    await Promise.all(servers.map((server) => server.restart()))
  },
  "a server's disk lost": async ({ servers, random }) => {
    const server = servers[Math.floor(random.next() * servers.length)]
    await server?.kill()
    rmSync(join(server?.folder ?? '', 'jetstream'), { recursive: true, force: true })
    await server?.restart()
  },
  'a server stands still': async (bed) => {
    const leader = await leaderOf(bed)
    process.kill(leader.pid(), 'SIGSTOP')
    await sleep(5_000)
    process.kill(leader.pid(), 'SIGCONT')
  },
  'stream deleted': async (bed) => {
    await using reader = await readStreams(await leaderOf(bed))
    await reader.admin.streams.delete(PLAN.name)
  },
  'answers lost': async ({ proxies }) => {
    for (const proxy of proxies) proxy.set({ way: 'down', stalled: true })
    await sleep(CUT_MS)
    for (const proxy of proxies) {
      proxy.cut()
      proxy.set({})
    }
  },
}

/** Whether nothing was lost and nothing is there twice. */
export async function soakStream(minutes: number): Promise<boolean> {
  const { cpu, cores, load } = machineOf()
  console.log(`${new Date().toISOString()}, ${cpu}, ${cores} cores, load ${load} before it began\n`)
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-soak-stream-'))
  await using open = new AsyncDisposableStack()
  open.defer(() => rmSync(folder, { recursive: true, force: true }))
  const ports = await Promise.all(NAMES.map(() => freePort()))
  const servers = await Promise.all(NAMES.map((_, n) => startNats(clusterLines(ports, n))))
  for (const server of servers) open.use(server)
  const proxies = await Promise.all(servers.map(({ port }) => startChaos(port)))
  for (const proxy of proxies) open.use(proxy)
  const store = open.use(
    await openStore({ path: folder, journalDays: 1, journalBytes: 1e10, rowReceivers: [], isForwarded: true }),
  )
  const nats = { servers: proxies.map(({ port }) => `nats://127.0.0.1:${port}`) }
  const connect = () => connectNats(nats, {}, 'soak')
  const states = new Map<string, number>()
  let last = ''
  const onState = (state: ForwardState): void => {
    states.set(state.kind, (states.get(state.kind) ?? 0) + 1)
    last = 'reason' in state ? `${state.kind}: ${state.reason}` : state.kind
  }
  const forwarding = createForwarding({ store, connect, plan: PLAN, subject: SUBJECT, onState })
  const stop = new AbortController()
  const running = forwarding.run(stop.signal)
  open.defer(async () => {
    stop.abort()
    await running
  })
  const bed: Bed = { servers, proxies, store, forwarding, random: createRandom(1) }
  const load3000 = commitAll(bed, stop.signal)
  await failUntil(bed, performance.now() + minutes * 60_000).catch((cause: unknown) => {
    throw new Error(`the edge: ${last}`, { cause })
  })
  await until('the stream has all', LIMIT_MS, () => forwarding.forwardedSeq() >= store.depth().lastSeq - 2 * GROUP)
  stop.abort()
  await load3000
  await running
  const result = await compare(bed)
  console.log(`\n${store.depth().lastSeq} packets, ${[...states].map(([kind, n]) => `${kind} ${n}`).join(', ')}`)
  console.log(
    `in the stream: ${result.have}, lost ${result.lost}, twice ${result.twice}, different ${result.different}`,
  )
  return result.lost + result.twice + result.different === 0
}

function clusterLines(ports: readonly number[], n: number): string[] {
  const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(', ')
  return [`server_name: ${NAMES[n]}`, `cluster { name: soak, listen: "127.0.0.1:${ports[n]}", routes: [${routes}] }`]
}

async function leaderOf({ servers }: Bed): Promise<Server> {
  for (;;) {
    for (const [n, server] of servers.entries()) {
      const leader = await askLeader(server).catch(() => undefined)
      const found = leader === undefined ? undefined : servers[NAMES.indexOf(leader)]
      if (found !== undefined) return found
      if (n === servers.length - 1) await sleep(200)
    }
  }
}

async function askLeader(server: Server): Promise<string | undefined> {
  await using reader = await readStreams(server)
  return (await reader.admin.streams.info(PLAN.name)).cluster?.leader
}

async function commitAll({ store, forwarding }: Bed, signal: AbortSignal): Promise<void> {
  for (let group = 0; !signal.aborted; group++) {
    const packets = Array.from({ length: GROUP }, (_, n) => {
      return { nowMs: Date.now(), topic: `dc5/${n}`, payload: Buffer.from(`${group} ${n}`), retain: false }
    })
    await store.commit({ packets, foldedSeq: 0, rows: NO_ROWS, notices: [] })
    forwarding.wake()
    await sleep(GROUP_MS)
  }
}

async function failUntil(bed: Bed, endMs: number): Promise<void> {
  const { forwarding, store } = bed
  const behind = () => store.depth().lastSeq - forwarding.forwardedSeq()
  await until('the stream takes entries', LIMIT_MS, () => forwarding.forwardedSeq() > 0)
  for (let n = 0; performance.now() < endMs; n++) {
    const names = Object.keys(FAILURES)
    const name = names[n % names.length] ?? ''
    const beganMs = performance.now()
    await FAILURES[name]?.(bed)
    const mendedMs = performance.now()
    await until(`${name}: all is sent`, LIMIT_MS, () => behind() <= 2 * GROUP)
    const [failedS, backS] = [mendedMs - beganMs, performance.now() - mendedMs].map((ms) => (ms / 1000).toFixed(1))
    console.log(`${name}: failed for ${failedS} s, all sent ${backS} s later`)
    await sleep(REST_MS)
  }
}

/** Each entry of the journal beside those of the stream. */
async function compare(bed: Bed): Promise<{ have: number; lost: number; twice: number; different: number }> {
  await using reader = await readStreams(await leaderOf(bed))
  const result = { have: 0, lost: 0, twice: 0, different: 0 }
  const stream = (await reader.groups(SUBJECT)).flatMap(entriesOf)
  let next = 1
  const journal = (await Array.fromAsync(bed.store.journal(1))).flat()
  for (const { seq, topic, payload, nowMs } of stream) {
    result.have++
    if (seq < next) result.twice++
    else result.lost += seq - next
    const own = journal[seq - 1]
    const isSame =
      own?.seq === seq && own.topic === topic && own.nowMs === nowMs && Buffer.compare(own.payload, payload) === 0
    if (!isSame) result.different++
    next = Math.max(next, seq + 1)
  }
  return result
}
