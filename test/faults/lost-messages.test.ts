/**
 * A broker that acknowledges messages and loses them: devices that number theirs let the daemon see it, to the message.
 */
import { expect, test } from 'vitest'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import { startDaemon, subscribed, until } from '../servers/daemon.ts'
import { needs, startMosquitto } from '../servers/servers.ts'

/** What the broker keeps for a session that is away; with Receive Maximum in flight besides. */
const KEPT = 100
const SENT = 500

test.skipIf(!needs('mosquitto', 'mosquitto_sub'))(
  'a queue that overflows while the daemon is away: what is missing is counted, and one alarm tells it',
  { timeout: 60_000 },
  async () => {
    await using broker = await startMosquitto({ config: [`max_queued_messages ${KEPT}`, 'max_inflight_messages 20'] })
    await using daemon = await startDaemon(
      JSON.stringify({
        site: { id: 'dc', timezone: 'UTC' },
        mqtt: { url: broker.url, clientId: 'numbers' },
        points: { main: { topic: 'main', at: '/kw', unit: 'kW', everyS: 60, role: 'it', seq: '/n' } },
      }),
    )
    await subscribed(broker, 'dc')
    const publisher = await connectPublisher(broker.url)
    let acknowledged = 0
    const send = async (n: number): Promise<void> => {
      const payload = JSON.stringify({ kw: 100 + (n % 7), n, ts: Date.now() - (SENT - n) })
      await publisher.publish('main', payload, { qos: 1, retain: false })
      acknowledged += 1
    }
    await send(0)
    await until('the first has come', 10_000, async () => (await daemon.metrics()).get('coldaisle_packets_total') === 1)
    await daemon.stop()
    for (let n = 1; n < SENT; n++) await send(n)
    await daemon.start()
    await send(SENT)
    await publisher.close()
    let told = new Map<string, number>()
    await until('the last has come, and what is missing is told', 10_000, async () => {
      told = await daemon.metrics()
      return told.get('coldaisle_alarms_active') === 1
    })
    const came = told.get('coldaisle_packets_total') ?? 0
    expect(acknowledged).toBe(SENT + 1)
    expect(came).toBeLessThan(KEPT + 50)
    expect(told.get('coldaisle_messages_lost_total')).toBe(SENT + 1 - came)
  },
)
