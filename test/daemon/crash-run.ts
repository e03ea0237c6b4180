/** A run of a daemon under load that is killed and started again, and what is found then. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../simulators/random.ts'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import { startChild, until, type Child, type Line } from './crash-daemon.ts'
import { readLeft, type Left } from './crash-rows.ts'
import { MARKS, type Message } from './crash-site.ts'
import type { Server } from '../servers/servers.ts'

/** When a daemon is killed: so many ms, drawn from a range, after something; there a burst of messages begins, or not. */
export type Kill = [after: Moment, fromMs: number, toMs: number, load: 'burst' | 'steady']
type Moment = 'spawned' | 'running' | 'SIGHUP' | 'reloaded' | 'stopped and running again'

const STEADY_PER_S = 800

interface Flow {
  /** Messages may go out up to this one. */
  gate: number
  perS: number
}

interface Start {
  /** How its forerunner was killed, if it was, and how many messages were or were about to be with the broker then. */
  behind: { kill: Kill; released: number } | undefined
  lines: Line[]
}

export interface Story {
  starts: Start[]
  /** The counters as the last daemon told them. */
  told: Record<string, number>
  left: Left
  sent: Message[]
}

/** Publishes with QoS 1, at the flow's pace and never past its gate. */
async function publishAll(broker: Server, messages: readonly Message[], flow: Flow): Promise<void> {
  const publisher = await connectPublisher(broker.url)
  const waiting = new Set<Promise<void>>()
  let failure: { cause: unknown } | undefined
  let dueMs = performance.now()
  for (const [n, { topic, payload }] of messages.entries()) {
    while (n >= flow.gate) await sleep(5)
    dueMs = Math.max(dueMs + 1_000 / flow.perS, performance.now() - 20) // time at the gate is not made up for
    const aheadMs = dueMs - performance.now()
    if (aheadMs > 1) await sleep(aheadMs)
    const one: Promise<void> = publisher
      .publish(topic, payload, { qos: 1, retain: false })
      .catch((cause: unknown) => void (failure ??= { cause }))
      .finally(() => waiting.delete(one))
    waiting.add(one)
    if (waiting.size >= 200) await Promise.race(waiting)
  }
  await Promise.all(waiting)
  await publisher.close()
  if (failure !== undefined) throw new Error('a message could not be published', failure)
}

/** The daemon listens: a first message has come through. */
async function listening(broker: Server, daemon: Child): Promise<void> {
  await daemon.running()
  const publisher = await connectPublisher(broker.url)
  await until('the daemon listens', async () => {
    await publisher.publish(MARKS, 'no number', { qos: 1, retain: false })
    return (await daemon.metric('packets_total')) > 0
  })
  await publisher.close()
}

/** Messages come in order: once the mark behind them is folded, all of them are. */
async function allFolded(broker: Server, daemon: Child): Promise<void> {
  const publisher = await connectPublisher(broker.url)
  await publisher.publish(MARKS, '{"value":null}', { qos: 1, retain: false })
  await publisher.close()
  await until('all is folded', async () => (await daemon.metric('readings_total{outcome="no_value"}')) === 1)
}

/** Kills the daemon, or one started in its place, at its moment; `onMoment` is called when that is near. */
async function killOnce(daemon: Child, [after, fromMs, toMs]: Kill, random: Random, onMoment: () => void) {
  const waitMs = random.int(fromMs, toMs)
  if (after === 'SIGHUP' || after === 'reloaded') {
    await daemon.running()
    daemon.signal('SIGHUP')
  }
  if (after === 'reloaded') await until('it is reloaded', () => told(daemon, 'configuration reloaded'))
  else if (after !== 'spawned') await daemon.connected()
  onMoment()
  await sleep(waitMs)
  await daemon.kill()
}

export function told(daemon: Child, words: string): boolean {
  return daemon.lines().some(({ msg }) => msg === words)
}

interface Plan {
  folder: string
  file: string
  broker: Server
  messages: Message[]
  kills: Kill[]
  random: Random
  /** So many of the messages are folded before the first kill is near. */
  lead?: number
  /** Anything that has to be done before kill n, from 0 on; one past the last: before the messages behind it. */
  before?: (n: number) => Promise<void>
  /** Anything else that has to be over before the daemon is stopped. */
  done?: (daemon: Child) => Promise<void>
}

/** Runs a daemon over the messages, killing it and starting it again, and reads what is left in the end. */
export async function runThrough({
  folder,
  file,
  broker,
  messages,
  kills,
  random,
  lead = 0,
  before,
  done,
}: Plan): Promise<Story> {
  const flow: Flow = { gate: 0, perS: Infinity }
  const starts: Start[] = []
  let daemon = startChild(file)
  let behind: Start['behind']
  const startAgain = () => {
    starts.push({ behind, lines: daemon.lines() })
    daemon = startChild(file)
  }
  try {
    await listening(broker, daemon)
    const publishing = publishAll(broker, messages, flow)
    publishing.catch(() => flow) // told below
    Object.assign(flow, { gate: lead })
    await until('the lead is there', async () => (await daemon.metric('packets_total')) >= lead)
    for (const [n, kill] of kills.entries()) {
      await before?.(n)
      // Half of the round's messages come while the daemon starts, the rest around the kill
      const open = (rounds: number) => lead + Math.floor(((messages.length - lead) * rounds) / (kills.length + 1))
      Object.assign(flow, { gate: open(n + 0.5), perS: STEADY_PER_S })
      if (kill[0] === 'stopped and running again') {
        await daemon.running()
        await daemon.stop()
        startAgain()
        behind = undefined
      }
      const load = { gate: open(n + 1), perS: kill[3] === 'burst' ? Infinity : STEADY_PER_S }
      await killOnce(daemon, kill, random, () => Object.assign(flow, load))
      startAgain()
      behind = { kill, released: flow.gate }
    }
    await before?.(kills.length)
    Object.assign(flow, { gate: messages.length, perS: Infinity })
    await publishing
    await daemon.running()
    await allFolded(broker, daemon)
    await done?.(daemon)
    const counters: Story['told'] = {}
    for (const outcome of ['accepted', 'duplicate', 'conflict', 'too_late', 'future', 'bad_payload', 'no_value']) {
      counters[outcome] = await daemon.metric(`readings_total{outcome="${outcome}"}`)
    }
    await daemon.stop()
    starts.push({ behind, lines: daemon.lines() })
    const hourMs = 3_600_000
    const left = await readLeft(folder, Date.now() - 48 * hourMs, Date.now() + hourMs)
    return { starts, told: counters, left, sent: messages }
  } finally {
    await daemon.kill()
  }
}

/** What was sent and is not in the journal. */
export function lostOf({ sent, left }: Story): Message[] {
  const there = new Set(left.journal.map(({ topic, payload }) => `${topic} ${Buffer.from(payload).toString()}`))
  return sent.filter(({ topic, payload }) => !there.has(`${topic} ${payload}`))
}

/** No start has found damage, and nothing has gone wrong but for the connections that were cut. */
export function faultsTold(starts: readonly Start[]): Line[] {
  return starts.flatMap(({ lines }) => lines.filter(({ level }) => level === 'error' || level === 'fatal'))
}
