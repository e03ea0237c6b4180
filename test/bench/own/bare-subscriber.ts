/**
 * The least that any subscriber has to do: takes argv[4] messages of the filter argv[3] from the broker argv[2] and
 * parses them. Ends early when nothing has come for a while.
 */
import { connect } from 'mqtt'

const [url = '', filter = '', wanted = '0'] = process.argv.slice(2)
const messages = Number(wanted)
const QUIET_MS = 5_000
const client = connect(url, {
  protocolVersion: 5,
  clientId: 'bare',
  clean: false,
  properties: { sessionExpiryInterval: 3600, receiveMaximum: 1000 },
})
let taken = 0
let beganMs = NaN
let lastMs = NaN
let cpu = process.cpuUsage()
const quiet = setInterval(() => {
  if (taken > 0 && performance.now() - lastMs > QUIET_MS) end()
}, 500)
client.on('connect', () => {
  client.subscribe(filter, { qos: 1 }, () => process.send?.({ ready: true }))
})
client.on('message', (_topic, payload) => {
  if (taken === 0) {
    beganMs = performance.now()
    cpu = process.cpuUsage()
  }
  JSON.parse(payload.toString())
  taken += 1
  lastMs = performance.now()
  if (taken === messages) end()
})

function end(): void {
  clearInterval(quiet)
  const { user, system } = process.cpuUsage(cpu)
  const result = { taken, perS: (taken * 1000) / (lastMs - beganMs), cpuUs: (user + system) / taken }
  process.send?.({ result }, () => client.end(true, () => process.exit()))
}
