/** A broker that keeps what nobody has acknowledged, hands it over again after a cut, and takes PUBACKs in order only. */
import type { Random } from '../../simulators/random.ts'
import { inside, outside, world } from './world.ts'

export interface Message {
  topic: string
  payload: string
}

type Deliver = (message: Message, ack: () => void) => void

export interface SimBroker {
  publish(message: Message): void
  /** From here on messages go to the daemon, first those that it has not acknowledged. */
  connect(deliver: Deliver): void
  /** The daemon is gone: of the PUBACKs on their way some still arrive, the rest is lost. */
  cut(): void
  readonly acknowledged: Message[]
  readonly faults: string[]
  left(): number
}

/** So many messages are under way at most, as MQTT's Receive Maximum says. */
const UNDER_WAY = 40

export function createBroker(random: Random): SimBroker {
  const queue: Message[] = []
  const acknowledged: Message[] = []
  const faults: string[] = []
  let deliver: Deliver | undefined
  /** Handed over since the last connection; the first `acked` of them are acknowledged by the daemon. */
  let sent = 0
  let acked = 0
  let life = 0
  /** PUBACKs on their way, in order. */
  let onTheWay: (() => void)[] = []
  /** When the last message handed over arrives: none overtakes another. */
  let wireMs = 0

  function handOver(): void {
    const own = life
    while (deliver !== undefined && sent < queue.length && sent < UNDER_WAY) {
      const message = queue[sent]!
      const to = deliver
      sent++
      wireMs = Math.max(wireMs, world.nowMs) + random.int(0, 2)
      inside(wireMs - world.nowMs, () => to(message, () => takeAck(message, own)))
    }
  }

  function takeAck(message: Message, ofLife: number): void {
    if (ofLife !== life) return
    if (queue[acked] !== message) faults.push(`PUBACK out of order: ${message.topic} ${message.payload}`)
    acked++
    const arrive = () => {
      onTheWay = onTheWay.filter((it) => it !== arrive)
      const [first] = queue
      if (first === undefined) return
      acknowledged.push(first)
      queue.shift()
      sent--
      acked--
      handOver()
    }
    onTheWay.push(arrive)
    outside(random.int(0, 5), () => {
      if (onTheWay.includes(arrive)) arrive()
    })
  }

  return {
    publish(message) {
      queue.push(message)
      handOver()
    },
    connect(to) {
      deliver = to
      handOver()
    },
    cut() {
      deliver = undefined
      life++
      for (const arrive of onTheWay.slice(0, random.int(0, onTheWay.length))) arrive()
      onTheWay = []
      sent = 0
      acked = 0
    },
    acknowledged,
    faults,
    left: () => queue.length,
  }
}
