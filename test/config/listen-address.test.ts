import { describe, expect, test } from 'vitest'
import { isLoopback, parseListenAddress, urlOfListener } from '../../src/config/listen-address.ts'

describe('an address to listen on', () => {
  test.each([
    ['127.0.0.1:1883', '127.0.0.1', 1883, 'mqtt://127.0.0.1:1883'],
    ['0.0.0.0:1883', '0.0.0.0', 1883, 'mqtt://127.0.0.1:1883'],
    ['10.1.2.3:0', '10.1.2.3', 0, 'mqtt://10.1.2.3:0'],
    ['Broker.example:65535', 'broker.example', 65_535, 'mqtt://broker.example:65535'],
    ['[::1]:8080', '::1', 8080, 'mqtt://[::1]:8080'],
    ['[::]:8080', '::', 8080, 'mqtt://[::1]:8080'],
    ['[0:0:0:0:0:0:0:0]:8080', '0:0:0:0:0:0:0:0', 8080, 'mqtt://[::1]:8080'],
    ['[FE80::1]:8080', 'fe80::1', 8080, 'mqtt://[fe80::1]:8080'],
    ['[::ffff:127.0.0.1]:80', '::ffff:127.0.0.1', 80, 'mqtt://[::ffff:127.0.0.1]:80'],
  ])('%s is %s, port %i, reached at %s', (written, host, port, url) => {
    const address = parseListenAddress(written)
    expect(address).toEqual({ host, port })
    expect(address && urlOfListener('mqtt', address)).toBe(url)
  })

  test.each(['', ':1883', '127.0.0.1', '127.0.0.1:', '::1:1883', '[::1]', '[1.2.3]:80', '[::g]:80', 'a b:80'])(
    '%j is none',
    (written) => expect(parseListenAddress(written)).toBeUndefined(),
  )

  test.each(['127.0.0.1:65536', '127.0.0.1:123456', '127.0.0.1:-1', 'http://127.0.0.1:80', 'user@host:80', 'a_b:80'])(
    '%j is none either',
    (written) => expect(parseListenAddress(written)).toBeUndefined(),
  )
})

describe('reached from this machine only', () => {
  test.each([
    '127.0.0.1',
    '127.9.8.7',
    'localhost',
    'LOCALHOST',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ])('%s', (host) => expect(isLoopback(host)).toBe(true))

  test.each([
    '',
    '0.0.0.0',
    '::',
    '[::]',
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '127.0.0.1.example',
    '127.1.1.256',
    'localhosts',
  ])('not %j', (host) => expect(isLoopback(host)).toBe(false))
})
