/**
 * Publishes the recording argv[3] to the broker argv[2] with QoS argv[4]: as fast as the broker takes it, or argv[5]
 * messages a second for argv[6] seconds, from the beginning again as often as needed.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync } from 'mqtt'

const [url = '', file = '', level = '1', rate = '0', seconds = '0'] = process.argv.slice(2)
const qos = level === '0' ? 0 : 1
/** Messages that the broker has not confirmed yet. */
const MOST_OPEN = 900
const STEP_MS = 10
const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
const messages = lines.map((line) => {
  const { topic, payload } = JSON.parse(line) as { topic: string; payload: string }
  return { topic, payload: Buffer.from(payload) }
})
const client = await connectAsync(url, { protocolVersion: 5, clientId: `publisher-${process.pid}` })
let open = 0
let sent = 0
let wake: (() => void) | undefined
let failure: Error | undefined
process.send?.({ ready: true })
const cpu = process.cpuUsage()
const firstMs = Date.now()
const perStep = (Number(rate) * STEP_MS) / 1000
if (perStep === 0) for (const message of messages) await send(message)
else await sendPaced(perStep, Number(seconds) * 1000)
while (open > 0) await room()
const { user, system } = process.cpuUsage(cpu)
if (failure !== undefined) throw failure
process.send?.({ result: { sent, firstMs, lastMs: Date.now(), cpuUs: (user + system) / sent } }, () => process.exit())

async function sendPaced(each: number, lengthMs: number): Promise<void> {
  const beganMs = performance.now()
  for (let step = 0; step * STEP_MS < lengthMs; step++) {
    for (const upTo = Math.floor((step + 1) * each); sent < upTo;) {
      const message = messages[sent % messages.length]
      if (message === undefined) throw new Error('the recording is empty')
      await send(message)
    }
    const earlyMs = (step + 1) * STEP_MS - (performance.now() - beganMs)
    if (earlyMs > 0) await sleep(earlyMs)
  }
}

async function send({ topic, payload }: { topic: string; payload: Buffer }): Promise<void> {
  sent += 1
  open += 1
  client.publish(topic, payload, { qos }, (error) => {
    if (error) failure ??= error
    open -= 1
    if (open <= MOST_OPEN / 2 || open === 0) wake?.()
  })
  if (open >= MOST_OPEN) await room()
}

async function room(): Promise<void> {
  await new Promise<void>((resolve) => (wake = resolve))
  wake = undefined
}
