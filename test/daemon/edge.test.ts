/** `coldaisle edge` as a site runs it: killed while devices send, without an uplink, with a stream that vanishes. */
import { describe, expect, test } from 'vitest'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import { entriesOf } from '../../src/store/journal/group.ts'
import { readStore, siteText, startDaemon, until } from '../servers/daemon.ts'
import { freePort, needs, startNats } from '../servers/servers.ts'
import { readStreams } from '../servers/stream.ts'

const LIMIT_MS = 30_000
const QOS_1 = { qos: 1, retain: false } as const
const UNFORWARDED = 'coldaisle_journal_unforwarded'

function edgeText(mqttPort: number, natsUrl: string): string {
  return siteText('example', {
    mqtt: { listen: `127.0.0.1:${mqttPort}` },
    influx: undefined,
    http: undefined,
    store: undefined,
    edge: { nats: { servers: [natsUrl] }, stream: { replicas: 1 } },
  })
}

describe.skipIf(!needs('nats-server'))('an edge', () => {
  test('goes on without an uplink and through kills; the stream then has its journal once', async () => {
    const mqttPort = await freePort()
    await using nats = await startNats()
    await nats.kill()
    await using edge = await startDaemon(edgeText(mqttPort, nats.url), { command: 'edge' })
    let sent = 0
    const publish = async (messages: number): Promise<void> => {
      const publisher = await connectPublisher(`mqtt://127.0.0.1:${mqttPort}`)
      for (let n = 0; n < messages; n++)
        await publisher.publish('dc5/utility/a', JSON.stringify({ kw: 900 + sent++ }), QOS_1)
      await publisher.close()
    }
    await publish(50)
    expect((await fetch(`${edge.url}/`)).status).toBe(200)
    expect((await fetch(`${edge.url}/api/v1/site`)).status).toBe(200)
    expect((await edge.metrics()).get(UNFORWARDED)).toBeGreaterThanOrEqual(50)
    await nats.restart()
    await publish(40)
    await edge.kill()
    await edge.start()
    await publish(10)
    expect(await edge.stop()).toBe(0)
    const { journal } = await readStore(edge.storePath, 0, -1)
    await using reader = await readStreams(nats)
    const forwarded = (await reader.groups('coldaisle.dc5')).flatMap(entriesOf)
    expect(forwarded.map(wordsOf)).toEqual(journal.map(wordsOf))
    const taken = journal.filter(({ topic }) => topic === 'dc5/utility/a')
    expect(taken.length).toBe(sent)
  })

  test('a stream that vanishes is an alarm, and is there again', async () => {
    const mqttPort = await freePort()
    await using nats = await startNats()
    await using edge = await startDaemon(edgeText(mqttPort, nats.url), { command: 'edge' })
    await using reader = await readStreams(nats)
    await until('it is sent', LIMIT_MS, async () => (await edge.metrics()).get(UNFORWARDED) === 0)
    await reader.admin.streams.delete('coldaisle')
    await until('it is an alarm', LIMIT_MS, async () => {
      const alarms = (await (await fetch(`${edge.url}/api/v1/rows?measurement=alarm`)).json()) as object
      return JSON.stringify(alarms).includes('"stream"')
    })
    const [first] = await reader.groups('coldaisle.dc5')
    expect(first?.firstSeq).toBe(1)
    expect(edge.log()).toContain('has lost entries, which are sent again')
  })

  test('each command takes the configuration that is its own', async () => {
    const text = edgeText(await freePort(), 'nats://127.0.0.1:4222')
    const alone = siteText('example', { mqtt: { listen: '127.0.0.1:0' }, influx: undefined, http: undefined })
    for (const [command, config, words] of [
      ['run', text, /has a section `edge`.*coldaisle edge/],
      ['edge', alone, /says no stream: add a section `edge`/],
    ] as const) {
      await using daemon = await startDaemon(config, { command, ready: false })
      expect(await daemon.ended()).toBe(2)
      expect(daemon.log()).toMatch(words)
    }
  })
})

function wordsOf({ seq, nowMs, topic, payload }: ReturnType<typeof entriesOf>[number]): string {
  return `${seq} ${nowMs} ${topic} ${Buffer.from(payload).toString('latin1')}`
}
