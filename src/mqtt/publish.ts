import type { HowPublished, Publisher } from './source.ts'

const WINDOW = 1000

/** As much of a client as it takes to publish. */
interface Outlet {
  publishAsync(topic: string, payload: string | Buffer, how: { retain: boolean; qos: 0 | 1 }): Promise<unknown>
}

/** Options of the client: before MQTT 5 no message expires. */
export function publishOptions({ retain, qos, expireS }: HowPublished, protocolVersion: number | undefined) {
  const expires = expireS !== undefined && protocolVersion === 5
  return { retain, qos, ...(expires ? { properties: { messageExpiryInterval: expireS } } : {}) }
}

/** A publisher over a client that is connected: at most so many messages are on their way, the rest wait their turn. */
export function publisherOf(client: Outlet, close: () => Promise<void>): Publisher {
  /** Who waits for a free place, and who waits until all places are free. */
  const queue: (() => void)[] = []
  const settling: (() => void)[] = []
  let free = WINDOW
  function leave(): void {
    const next = queue.shift()
    if (next !== undefined) return next()
    free += 1
    if (free === WINDOW) for (const settled of settling.splice(0)) settled()
  }
  return {
    async publish(topic, payload, how) {
      if (free === 0) await turnIn(queue)
      else free -= 1
      try {
        const bytes =
          typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length)
        await client.publishAsync(topic, bytes, how)
      } finally {
        leave()
      }
    },
    async room(signal) {
      if (free === 0 && (await turnIn(queue, signal))) leave()
    },
    async settled(signal) {
      if (free < WINDOW) await turnIn(settling, signal)
    },
    close,
  }
}

/** Waits at the end of a queue for its turn: true. Who is aborted leaves the queue: false. */
function turnIn(queue: (() => void)[], signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted === true) return Promise.resolve(false)
  return new Promise((resolve) => {
    const go = (): void => {
      signal?.removeEventListener('abort', giveUp)
      resolve(true)
    }
    const giveUp = (): void => {
      queue.splice(queue.indexOf(go), 1)
      resolve(false)
    }
    signal?.addEventListener('abort', giveUp, { once: true })
    queue.push(go)
  })
}

/** A message that has an answer, and how to know that. */
export interface AskedMessage {
  topic: string
  payload: string
  answerTopic: string
  isAnswer: (payload: Buffer) => boolean
  ms: number
}

/** As much of a client as it takes to ask. */
interface Asker extends Outlet {
  on(event: 'message', hear: (topic: string, payload: Buffer) => void): unknown
  subscribeAsync(topic: string, how: { qos: 1 }): Promise<unknown>
}

/** Publishes a message and gives its answer; undefined: none came in time. */
export async function hearAnswer(client: Asker, asked: AskedMessage): Promise<Buffer | undefined> {
  const { topic, payload, answerTopic, isAnswer, ms } = asked
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  const limit = setTimeout(() => resolve(undefined), ms)
  client.on('message', (_, answer) => {
    if (isAnswer(answer)) resolve(answer)
  })
  try {
    // Without leave to listen it is published all the same
    await client.subscribeAsync(answerTopic, { qos: 1 }).catch(() => resolve(undefined))
    await client.publishAsync(topic, payload, { qos: 1, retain: false })
    return await promise
  } finally {
    clearTimeout(limit)
  }
}
