/**
 * Puts the inlets argv[4] … into breach at the broker argv[2], one after the other, and out of it again. Gives how long
 * each alarm took from the publish to the notice on the topic below argv[3].
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync } from 'mqtt'

const [url = '', site = '', ...inlets] = process.argv.slice(2)
const LIMIT_MS = 10_000
const BETWEEN_MS = 100
const client = await connectAsync(url, { protocolVersion: 5, clientId: `alarms-${process.pid}` })
const states = new Map<string, string>()
let wake: (() => void) | undefined
client.on('message', (topic, payload) => {
  const { state } = JSON.parse(payload.toString()) as { state: string }
  states.set(topic, state)
  wake?.()
})
await client.subscribeAsync(`coldaisle/${site}/alarm/inlet_allowable/#`, { qos: 1 })
const tookMs: number[] = []
for (const [state, celsius] of [['raised', 45] as const, ['cleared', 22] as const]) {
  for (const inlet of inlets) tookMs.push(await changed(inlet, celsius, state))
}
process.send?.({ result: tookMs }, () => process.exit())

async function changed(inlet: string, celsius: number, state: string): Promise<number> {
  const topic = `coldaisle/${site}/alarm/inlet_allowable/${inlet}`
  const beganMs = performance.now()
  client.publish(`bench/i/${inlet}`, `{"t":${celsius}}`, { qos: 1 })
  while (states.get(topic) !== state) {
    if (performance.now() - beganMs > LIMIT_MS) throw new Error(`${topic} is ${states.get(topic)}, not ${state}`)
    await Promise.race([new Promise<void>((resolve) => (wake = resolve)), sleep(LIMIT_MS, undefined, { ref: false })])
  }
  const took = performance.now() - beganMs
  await sleep(BETWEEN_MS)
  return took
}
