/**
 * Takes argv[3] messages (0: only makes the session) of the topics that follow from the broker argv[2], parses them, and
 * prints what that cost. For live.ts.
 */
import { connect } from 'mqtt'

const [url = '', wanted = '0', ...topics] = process.argv.slice(2)
const messages = Number(wanted)
const client = connect(url, {
  protocolVersion: 5,
  clientId: 'bare',
  clean: false,
  properties: { sessionExpiryInterval: 3600, receiveMaximum: 1000 },
})
let taken = 0
let beganMs = NaN
let cpu = process.cpuUsage()
client.on('connect', () => {
  if (messages === 0) client.subscribe(topics, { qos: 1 }, () => end({ perS: NaN, cpuUs: NaN }))
})
client.on('message', (_topic, payload) => {
  if (taken === 0) {
    beganMs = performance.now()
    cpu = process.cpuUsage()
  }
  JSON.parse(payload.toString())
  taken += 1
  if (taken !== messages) return
  const { user, system } = process.cpuUsage(cpu)
  end({ perS: (messages * 1000) / (performance.now() - beganMs), cpuUs: (user + system) / messages })
})

function end(cost: object): void {
  console.log(JSON.stringify(cost))
  client.end()
}
