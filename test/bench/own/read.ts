/** The least that a replay has to do with the recording argv[2]: read it, parse each line and its payload. */
import { createReadStream } from 'node:fs'

const beganMs = performance.now()
const cpu = process.cpuUsage()
let lines = 0
let odd = 0
let rest = ''
for await (const part of createReadStream(process.argv[2] ?? '', { encoding: 'utf8', highWaterMark: 1_048_576 })) {
  const whole = (rest + String(part)).split('\n')
  rest = whole.pop() ?? ''
  for (const line of whole) {
    const { payload } = JSON.parse(line) as { payload: string }
    if (typeof JSON.parse(payload) !== 'object') odd += 1
  }
  lines += whole.length
}
const { user, system } = process.cpuUsage(cpu)
process.send?.({ result: { lines, odd, wallMs: performance.now() - beganMs, cpuMs: (user + system) / 1000 } })
process.disconnect()
