import type { Duplex } from 'node:stream'
import type { Deliver } from '../ingest/arrival.ts'
import { createLane, hasPlace, holdMessage, whenRoom, type Hold, type Lane } from './hold.ts'
import { messageFault } from './options.ts'
import { createPubacks, sendAtOnce, type Pubacks } from './pubacks.ts'
import { disown, isWanted, wish, type Chooser, type Topics } from './topics.ts'
import { tapStream } from './wire/tap.ts'
import { addName, createTopicTable, nameOf, type TopicTable } from './wire/topic-table.ts'

/** What a connection brings, and where it goes. */
export interface Reception {
  readonly hold: Hold
  /** Of the present connection. Packets that a dead connection still yields find a closed lane. */
  pubacks: Pubacks
  readonly topics: Topics
  /** Topics that are wanted and have come in this run, but for `statusTopic`. */
  names: TopicTable
  /** What comes there is not delivered. */
  readonly statusTopic: string
  isClosing: boolean
  readonly deliver: Deliver
  readonly onStatus: (text: string) => void
  /** Something came that cannot be. */
  readonly onFault: (fault: string) => void
}

/** As much of a client as it takes to receive. */
interface Receiver extends Chooser {
  readonly stream: Duplex
  readonly options: { readonly protocolVersion?: number | undefined }
  handleMessage(packet: Message, next: (error?: Error) => void): void
}

interface Message {
  topic: string
  payload: string | Buffer
  retain: boolean
  qos: number
  messageId?: number
}

/** Tells the client to send no PUBACK; it takes the next packet all the same. */
const DEFERRED = new Error('acknowledged after the commit')

export function createReception(
  how: Omit<Reception, 'pubacks' | 'names' | 'isClosing'>,
  client: Pick<Receiver, 'stream'>,
): Reception {
  return { ...how, pubacks: createPubacks(createLane('closed'), client), names: createTopicTable(), isClosing: false }
}

/** Delivers every message at once and holds only its PUBACK, so that no later message waits for the disk. */
export function receive(reception: Reception, client: Receiver): void {
  const { hold, topics } = reception
  client.handleMessage = ({ topic, payload, retain, qos, messageId }, next) => {
    const fault = messageFault(topic, qos === 0 ? undefined : messageId)
    if (fault !== undefined) return reception.onFault(fault)
    if (topic === reception.statusTopic) {
      reception.onStatus(payload.toString())
      return next()
    }
    whenRoom(hold, () => {
      if (!isWanted(topics, topic)) disown(topics, topic, client)
      take(
        reception,
        topic,
        typeof payload === 'string' ? Buffer.from(payload) : payload,
        retain,
        qos === 1 ? (messageId ?? 0) : 0,
      )
      next(qos === 1 ? DEFERRED : undefined)
    })
  }
}

/** The same for plain messages on topics that we want, taken out of the bytes of a connection that is being made. */
export function receiveInPlace(reception: Reception, client: Receiver, stream: Duplex): void {
  const { hold } = reception
  tapStream(stream, {
    version: client.options.protocolVersion === 5 ? 5 : 4,
    isOpen: () => client.stream === stream && reception.pubacks.lane.state === 'open',
    topicOf: (bytes, from, to) => nameOf(reception.names, bytes, from, to) ?? newName(reception, bytes, from, to),
    hasRoom: () => hasPlace(hold),
    whenRoom: (go) => whenRoom(hold, go),
    take: (topic, payload, isRetained, id) => take(reception, topic, payload, isRetained, id),
  })
}

/** A topic that comes for the first time; undefined: what comes on it is not simply delivered. */
function newName(
  { names, topics, statusTopic }: Reception,
  bytes: Buffer,
  from: number,
  to: number,
): string | undefined {
  const topic = bytes.toString('utf8', from, to)
  if (topic === statusTopic || messageFault(topic, undefined) !== undefined || !isWanted(topics, topic))
    return undefined
  addName(names, topic, bytes, from, to)
  return topic
}

function take(reception: Reception, topic: string, payload: Uint8Array, retain: boolean, id: number): void {
  if (reception.isClosing) return
  const { hold, pubacks } = reception
  reception.deliver({ topic, payload, retain }, holdMessage(hold, pubacks.lane, payload.length, pubacks.confirm, id))
}

/** Wants these topics and filters from now on, and no others. */
export function changeTopics(reception: Reception, topics: readonly string[]): void {
  Object.assign(reception.topics, wish(topics))
  reception.names = createTopicTable()
}

/** A connection has begun (`open`) or ended. A message that waits for room is dropped: the broker sends it again. */
export function changeLane(reception: Reception, next: Lane['state'], client: Pick<Receiver, 'stream'>): void {
  if (next === 'open') sendAtOnce(client.stream)
  reception.pubacks.lane.state = 'closed'
  reception.pubacks = createPubacks(createLane(next), client)
  reception.hold.waiting = undefined
}
