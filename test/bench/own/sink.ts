/** An InfluxDB that takes everything and keeps nothing: 204 for each write. Tells how many rows came, and the last's time. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const LINE_END = 10
let rows = 0
let bytes = 0
let lastMs = NaN
const server = createServer((request, response) => {
  const isWrite = request.url?.startsWith('/write') === true
  request.on('data', (part: Buffer) => {
    if (!isWrite) return
    bytes += part.length
    for (let at = part.indexOf(LINE_END); at >= 0; at = part.indexOf(LINE_END, at + 1)) rows += 1
  })
  request.on('end', () => {
    const headers = { 'X-Influxdb-Version': '1.6.7', 'Content-Type': 'application/json' }
    if (request.url?.startsWith('/query') === true) return response.writeHead(200, headers).end('{"results":[{}]}')
    if (isWrite) {
      rows += 1 // the last line of a body has no end
      lastMs = Date.now()
    }
    return response.writeHead(204, headers).end()
  })
})
server.listen(0, '127.0.0.1', () => process.send?.({ ready: (server.address() as AddressInfo).port }))
process.on('message', () => process.send?.({ answer: { rows, bytes, lastMs } }))
process.on('disconnect', () => process.exit())
