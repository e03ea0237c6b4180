import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { publisherOf } from '../../src/mqtt/publish.ts'

const WINDOW = 1000
const HOW = { qos: 1, retain: false } as const

/** A publisher whose broker acknowledges when the test says so. */
function openPublisher() {
  const acks: (() => void)[] = []
  const client = { publishAsync: () => new Promise<void>((ack) => acks.push(ack)) }
  const publisher = publisherOf(client, async () => {})
  const sent: Promise<void>[] = []
  const fill = (count: number): void => {
    for (let n = 0; n < count; n++) sent.push(publisher.publish('a', '1', HOW))
  }
  return { publisher, acks, fill }
}

/** Whether a promise is settled by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  await turn()
  return Promise.race([promise.then(() => true), turn(false)])
}

test('at most 1,000 messages are on their way; the rest go in their order', async () => {
  const { publisher, acks, fill } = openPublisher()
  fill(WINDOW - 1)
  expect(await isDone(publisher.room())).toBe(true)
  fill(3)
  await turn()
  expect(acks).toHaveLength(WINDOW)
  const room = publisher.room()
  acks[0]?.()
  acks[1]?.()
  expect(await isDone(room)).toBe(false)
  expect(acks).toHaveLength(WINDOW + 2)
  acks[2]?.()
  expect(await isDone(room)).toBe(true)
  expect(await isDone(publisher.room())).toBe(true)
})

test('all have settled when the last is acknowledged, those that waited included', async () => {
  const { publisher, acks, fill } = openPublisher()
  expect(await isDone(publisher.settled())).toBe(true)
  fill(WINDOW + 1)
  const settled = publisher.settled()
  for (const ack of acks) ack()
  expect(await isDone(settled)).toBe(false)
  acks[WINDOW]?.()
  expect(await isDone(settled)).toBe(true)
})

test('a wait that is aborted ends, and leaves its turn to the next', async () => {
  const { publisher, acks, fill } = openPublisher()
  fill(WINDOW)
  const stop = new AbortController()
  const [room, settled, next] = [publisher.room(stop.signal), publisher.settled(stop.signal), publisher.room()]
  expect(await isDone(Promise.race([room, settled]))).toBe(false)
  stop.abort()
  expect(await isDone(Promise.all([room, settled]))).toBe(true)
  expect(await isDone(publisher.settled(stop.signal))).toBe(true)
  expect(await isDone(next)).toBe(false)
  acks[0]?.()
  expect(await isDone(next)).toBe(true)
})

test('a message that fails leaves its place, and its caller gets the error', async () => {
  const client = { publishAsync: () => Promise.reject(new Error('refused')) }
  const publisher = publisherOf(client, async () => {})
  await expect(publisher.publish('a', '1', HOW)).rejects.toThrow('refused')
  expect(await isDone(publisher.settled())).toBe(true)
})
