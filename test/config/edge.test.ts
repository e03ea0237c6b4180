/** What a section `edge` must say before readings leave the machine. */
import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'

const SITE = `
site: { id: dc5, timezone: Europe/Paris }
points: { main: { topic: dc/main, unit: kW, everyS: 30 } }
`
const TLS = 'servers: ["tls://nats.example:4222"]'

function faultsOf(edge: string, site = SITE): string {
  const read = parseConfig(`${site}edge: { ${edge} }\n`)
  return 'faults' in read ? read.faults.map(({ path, reason }) => `${path}: ${reason}`).join('\n') : ''
}

test.each([
  ['nats: { servers: ["nats://127.0.0.1:4222", "nats://[::1]:4222"] }'],
  [`nats: { ${TLS}, credsFile: c }`],
  [`nats: { ${TLS}, nkeyFile: n, caFile: ca }`],
  [`nats: { ${TLS}, username: u, passwordFile: p }`],
  [`nats: { ${TLS}, certFile: c, keyFile: k }, stream: { name: sites-1, replicas: 1, days: 30, bytes: 1 TB }`],
])('%s is enough', (edge) => {
  expect(faultsOf(edge)).toBe('')
})

test.each([
  [`nats: { ${TLS} }`, 'edge.nats.servers[0]: would be asked over the network without an account'],
  [
    'nats: { servers: ["nats://nats.example:4222"], credsFile: c }',
    'edge.nats.servers[0]: would send readings over the network without TLS',
  ],
  [`nats: { ${TLS}, username: u }`, 'edge.nats.username: `username` and `passwordFile` go together'],
  [`nats: { ${TLS}, keyFile: k, credsFile: c }`, 'edge.nats.keyFile: `certFile` and `keyFile` go together'],
  [`nats: { ${TLS}, credsFile: c, nkeyFile: n }`, 'edge.nats.nkeyFile: `credsFile` and `nkeyFile` exclude each other'],
  ['nats: { servers: ["nats://u:p@127.0.0.1:4222"] }', 'edge.nats.servers[0]: the URL holds an account or a password'],
  ['nats: { servers: ["nats://127.0.0.1"] }, stream: { name: a.b }', 'edge.stream.name: "a.b" is no name of a stream'],
])('%s is a fault', (edge, fault) => {
  expect(faultsOf(edge)).toBe(fault)
})

test('a site whose id has a dot is no subject', () => {
  const dotted = SITE.replace('id: dc5', 'id: eu.dc5')
  expect(faultsOf('nats: { servers: ["nats://127.0.0.1"] }', dotted)).toBe(
    'site.id: the site is a subject of the stream, and a dot would make two of it',
  )
})
