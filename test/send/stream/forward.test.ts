/**
 * A journal on its way to a real JetStream: whatever becomes of connections, answers and streams, the stream ends up with
 * each entry once, in order, byte for byte.
 */
import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/config.ts'
import { goOnBehindStream } from '../../../src/daemon/sending/behind-stream.ts'
import { connectNats, type StreamPlan } from '../../../src/nats/nats.ts'
import { createForwarding, type Forwarding, type ForwardState } from '../../../src/send/stream/forward.ts'
import { entriesOf } from '../../../src/store/journal/group.ts'
import { openStore, type Store } from '../../../src/store/store.ts'
import { NO_ROWS } from '../../rows/new-rows.ts'
import { startChaos } from '../../servers/chaos.ts'
import { until } from '../../servers/daemon.ts'
import { needs, startNats, type Server } from '../../servers/servers.ts'
import { readStreams, type StreamReader } from '../../servers/stream.ts'

const NOW_MS = Date.UTC(2026, 0, 15)
const LIMIT_MS = 30_000
/** No message is larger. */
const MOST_BYTES = 65_536

interface Edge extends AsyncDisposable {
  store: Store
  forwarding: Forwarding
  /** All states so far, each as its kind and its reason. */
  states: string[]
  /** Commits packets with these payloads as one group. */
  commit(...payloads: (string | Buffer)[]): Promise<void>
  /** Waits until the stream has all that was committed. */
  sent(): Promise<void>
}

describe.skipIf(!needs('nats-server'))('the journal of an edge', () => {
  let server: Server
  let reader: StreamReader
  let folder: string
  let streams = 0
  let plan: StreamPlan

  beforeAll(async () => {
    server = await startNats([`max_payload: ${MOST_BYTES}`])
    reader = await readStreams(server)
  })

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'coldaisle-forward-'))
    plan = { name: `sites-${++streams}`, replicas: 1, days: 7, bytes: 1_000_000 }
  })

  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  afterAll(async () => {
    await reader[Symbol.asyncDispose]()
    await server.stop()
  })

  const subject = (): string => `${plan.name}.dc5`

  async function openEdge({ port = server.port, path = folder } = {}): Promise<Edge> {
    const store = await openStore({ path, journalDays: 7, journalBytes: 1e10, rowReceivers: [], isForwarded: true })
    const states: string[] = []
    const stop = new AbortController()
    const nats = { servers: [`nats://127.0.0.1:${port}`] }
    const forwarding = createForwarding({
      store,
      connect: () => connectNats(nats, {}, 'edge'),
      plan,
      subject: subject(),
      onState: (state) => void states.push(wordsOf(state)),
      random: () => 0,
    })
    const running = forwarding.run(stop.signal)
    return {
      store,
      forwarding,
      states,
      async commit(...payloads) {
        const packets = payloads.map((payload, n) => {
          return { nowMs: NOW_MS + n, topic: 'dc5/a', payload: Buffer.from(payload), retain: false }
        })
        await store.commit({ packets, foldedSeq: 0, rows: NO_ROWS, notices: [] })
        forwarding.wake()
      },
      sent: () => until('the stream has all', LIMIT_MS, () => forwarding.forwardedSeq() === store.depth().lastSeq),
      async [Symbol.asyncDispose]() {
        stop.abort()
        await running
        await store.close()
      },
    }
  }

  /** What the stream has, as `first+count` of each message. */
  async function messages(): Promise<string> {
    return (await reader.groups(subject())).map(({ firstSeq, count }) => `${firstSeq}+${count}`).join(' ')
  }

  /** What a power cut does to a server that has answered and not yet written: half of the stream, equal messages, is gone. */
  async function loseHalf(): Promise<void> {
    await server.kill()
    const messageFolder = join(server.folder, 'jetstream/jetstream/$G/streams', plan.name, 'msgs')
    const block = join(messageFolder, '1.blk')
    truncateSync(block, statSync(block).size / 2)
    rmSync(join(messageFolder, '1.idx'))
    await server.restart()
    await reader[Symbol.asyncDispose]()
    reader = await readStreams(server)
  }

  /** Each entry of the journal is in the stream once, in order, byte for byte. */
  async function expectWhole(store: Store): Promise<void> {
    const journal = (await Array.fromAsync(store.journal(1))).flat().map(plain)
    const stream = (await reader.groups(subject())).flatMap(entriesOf).map(plain)
    expect(stream).toEqual(journal)
  }

  test('each group is one message, before and after a restart of the edge', async () => {
    {
      await using edge = await openEdge()
      await edge.commit('a', 'b')
      await edge.commit('c')
      await edge.sent()
      expect(edge.states).toEqual(['made', 'sending'])
    }
    await using edge = await openEdge()
    await edge.commit('d')
    await edge.sent()
    expect(await messages()).toBe('1+2 3+1 4+1')
    expect(edge.states).toEqual(['sending'])
    await expectWhole(edge.store)
  })

  test('20 answers that are lost send nothing twice', async () => {
    await using chaos = await startChaos(server.port)
    await using edge = await openEdge({ port: chaos.port })
    await until('the stream is there', LIMIT_MS, () => edge.states.includes('sending'))
    for (let n = 1; n <= 20; n++) {
      await edge.sent()
      chaos.set({ way: 'down', stalled: true })
      await edge.commit(`${n}`)
      await until('it has come', LIMIT_MS, async () => (await reader.groups(subject())).length === n)
      chaos.cut()
      chaos.set({})
    }
    await edge.commit('last')
    await edge.sent()
    expect(await messages()).toBe(Array.from({ length: 21 }, (_, n) => `${n + 1}+1`).join(' '))
    await expectWhole(edge.store)
  })

  test('a server that is killed again and again has everything once', async () => {
    await using edge = await openEdge()
    for (let kill = 0; kill < 3; kill++) {
      for (let n = 0; n < 30; n++) await edge.commit(`${kill}`, `${n}`)
      await server.kill()
      for (let n = 0; n < 30; n++) await edge.commit(`while away ${kill} ${n}`)
      await server.restart()
    }
    await edge.sent()
    await reader[Symbol.asyncDispose]()
    reader = await readStreams(server)
    expect(edge.states.some((state) => state.startsWith('lost'))).toBe(true)
    await expectWhole(edge.store)
  })

  test('a stream that is gone is made anew, and has all that the journal still has', async () => {
    await using edge = await openEdge()
    await edge.commit('a')
    await edge.commit('b')
    await edge.sent()
    await reader.admin.streams.delete(plan.name)
    await edge.commit('c')
    await until('it is made anew', LIMIT_MS, () => edge.states.includes('shorter 1 to 2'))
    await edge.sent()
    expect(await messages()).toBe('1+1 2+1 3+1')
    expect(edge.states.filter((state) => !state.startsWith('lost'))).toEqual([
      'made',
      'sending',
      'made',
      'shorter 1 to 2',
      'sending',
    ])
  })

  test('a stream that has lost its end gets it again, also where the edge was away meanwhile', async () => {
    {
      await using edge = await openEdge()
      for (const payload of ['a', 'b', 'c', 'd']) await edge.commit(payload)
      await edge.sent()
    }
    await loseHalf()
    await using edge = await openEdge()
    await until('it is found', LIMIT_MS, () => edge.states.includes('sending'))
    await edge.sent()
    expect(edge.states).toEqual(['shorter 3 to 4', 'sending'])
    expect(await messages()).toBe('1+1 2+1 3+1 4+1')
    await expectWhole(edge.store)
  })

  test('a full stream holds the edge back until it has room', async () => {
    plan = { ...plan, bytes: 2_000 }
    await using edge = await openEdge()
    for (let n = 0; n < 5; n++) await edge.commit('x'.repeat(500))
    await until('it is full', LIMIT_MS, () => edge.states.some((state) => state.startsWith('held')))
    expect(edge.states.at(-1)).toMatch(/^held: maximum bytes exceeded/)
    const had = (await reader.groups(subject())).length
    expect(had).toBeLessThan(5)
    await reader.admin.streams.purge(plan.name, { seq: had })
    await edge.sent()
    expect(await messages()).toBe(`${had}+1 ${Array.from({ length: 5 - had }, (_, n) => `${had + n + 1}+1`).join(' ')}`)
  })

  test('a stream that may throw journals away is not used', async () => {
    await reader.admin.streams.add({ name: plan.name, subjects: [`${plan.name}.*`], max_msgs_per_subject: 10 })
    await using edge = await openEdge()
    await edge.commit('a')
    await until('it is held', LIMIT_MS, () => edge.states.length > 0)
    expect(edge.states[0]).toMatch(/^held: stream sites-\d+ is another than configured: /)
    expect(edge.states[0]).toContain('discard is "old", not "new"')
    expect(edge.states[0]).toContain('max_msgs_per_subject is 10, not -1')
    expect(await messages()).toBe('')
  })

  test('what another journal has sent stays alone', async () => {
    const [other, longer] = ['other', 'longer'].map((name) => join(folder, name))
    {
      await using edge = await openEdge()
      await edge.commit('a', 'b')
      await edge.sent()
    }
    for (const [path, payloads, words] of [
      [other, ['a', 'c', 'd'], /^held: entries 1 to 2 of the stream are not those of the journal: another edge/],
      [longer, ['a'], /^held: the stream has entries up to 2, the journal up to 1: another edge/],
    ] as const) {
      await using edge = await openEdge({ path: path ?? '' })
      await edge.commit(...payloads)
      await until('it is held', LIMIT_MS, () => edge.states.some((state) => words.test(state)))
    }
    expect(await messages()).toBe('1+2')
  })

  test('an edge whose disk was lost goes on behind the stream', async () => {
    {
      await using edge = await openEdge()
      await edge.commit('a', 'b')
      await edge.sent()
    }
    const path = join(folder, 'new-disk')
    const read = parseConfig(`
      site: { id: dc5, timezone: UTC }
      points: {}
      store: { path: ${path} }
      edge: { nats: { servers: ["nats://127.0.0.1:${server.port}"] }, stream: { name: ${plan.name}, replicas: 1 } }`)
    if ('faults' in read) throw new Error(JSON.stringify(read.faults))
    expect(await goOnBehindStream(read.config)).toBe(2)
    await using edge = await openEdge({ path })
    await edge.commit('c')
    await edge.sent()
    expect(edge.states).toEqual(['sending'])
    expect(await messages()).toBe('1+2 3+1')
    expect(edge.store.start().lostSeq).toBe(2)
  })

  test('a group that is larger than a message goes in parts; a packet that is larger is told', async () => {
    await using edge = await openEdge()
    await edge.commit(...Array.from({ length: 5 }, (_, n) => Buffer.alloc(30_000, n)))
    await edge.sent()
    expect(await messages()).toBe('1+2 3+2 5+1')
    await expectWhole(edge.store)
    await edge.commit(Buffer.alloc(100_000))
    await until('it is told', LIMIT_MS, () => edge.states.some((state) => state.startsWith('held')))
    expect(edge.states.at(-1)).toMatch(/^held: packet 6 makes a message of 100\d+ bytes.*max_payload/)
  })

  test('packets that the disk has lost are told to the stream', async () => {
    {
      await using store = await openStore({ path: folder, journalDays: 7, journalBytes: 1e10, rowReceivers: [] })
      for (const payload of ['a', 'b', 'c']) {
        const packet = { nowMs: NOW_MS, topic: 'dc5/a', payload: Buffer.from(payload), retain: false }
        await store.commit({ packets: [packet], foldedSeq: 0, rows: NO_ROWS, notices: [] })
      }
    }
    using db = new DatabaseSync(join(folder, 'coldaisle.db'))
    db.exec("UPDATE packet_group SET bytes = x'01ff' WHERE first_seq = 2")
    db.close()
    await using edge = await openEdge()
    await edge.sent()
    const groups = await reader.groups(subject())
    expect(groups.map(({ firstSeq, count, bytes }) => [firstSeq, count, bytes.length > 0])).toEqual([
      [1, 1, true],
      [2, 1, false],
      [3, 1, true],
    ])
  })

  test('what the stream does not have is kept, however old and much it is', async () => {
    await using chaos = await startChaos(server.port)
    chaos.set({ stalled: true })
    await using edge = await openEdge({ port: chaos.port })
    await edge.commit('a')
    const { lastSeq } = edge.store.depth()
    const section = { name: 'core', bytes: Buffer.from('x') }
    const snapshot = { seq: lastSeq, sections: [section] }
    await edge.store.commit({ packets: [], foldedSeq: lastSeq, rows: NO_ROWS, notices: [], snapshot })
    const laterMs = NOW_MS + 30 * 86_400_000
    expect(await edge.store.purge(laterMs)).toMatchObject({ journal: 0 })
    chaos.cut()
    chaos.set({})
    await edge.sent()
    await until('the store knows', LIMIT_MS, () => edge.store.depth().forwarded === lastSeq)
    expect(await edge.store.purge(NOW_MS)).toMatchObject({ journal: 0 })
    expect(await edge.store.purge(laterMs)).toMatchObject({ journal: 1 })
  })
})

function plain({ seq, nowMs, topic, payload, retain }: ReturnType<typeof entriesOf>[number]): string {
  return `${seq} ${nowMs} ${topic} ${Buffer.from(payload).toString('latin1')} ${retain}`
}

function wordsOf(state: ForwardState): string {
  if (state.kind === 'shorter') return `shorter ${state.fromSeq} to ${state.toSeq}`
  return 'reason' in state ? `${state.kind}: ${state.reason}` : state.kind
}
