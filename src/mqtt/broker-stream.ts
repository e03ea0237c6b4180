import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Guard } from './source.ts'

const CONNECT = 1
const PUBLISH = 3
const MAX_CONNECT_BYTES = 16_384
const MAX_PACKET_BYTES = 131_072
const BUFFER_BYTES = 16_384
/** How long a peer may leave our last bytes unread. */
const FAREWELL_MS = 5_000

interface StreamRules {
  /** Asked before each PUBLISH: 0 lets it pass, else it is asked again after so many ms. */
  delayMs: () => number
  turnAway: (guard: Guard, reason: string) => void
}

/** How far a connection's bytes were scanned: fixed headers are read, bodies are skipped by their length. */
interface Scan {
  type: number
  /** Of the length: bytes seen so far, and their value. */
  lengthBytes: number
  length: number
  /** Of the body, still to come; undefined inside a fixed header, 0 between packets. */
  left: number | undefined
  isFirst: boolean
}

/** How many bytes pass, and what stops the rest: the next packet waits its turn (ms), or is refused. */
interface Passed {
  bytes: number
  waitMs?: number
  refusal?: [guard: Guard, reason: string]
}

/**
 * A stream over a socket that passes MQTT packets within limits. The first packet must be CONNECT, no packet may be
 * longer than 128 KiB by its length bytes, and each PUBLISH waits its turn. A refused packet ends the connection before
 * its body is read.
 */
export function guardStream(socket: Socket, rules: StreamRules): Duplex {
  const scan: Scan = { type: 0, lengthBytes: 0, length: 0, left: 0, isFirst: true }
  let timer: NodeJS.Timeout | undefined
  const stream = new Duplex({
    readableHighWaterMark: BUFFER_BYTES,
    read: () => void (timer === undefined && socket.resume()),
    write: (bytes: Buffer, _encoding, done) => writeTo(socket, bytes, done),
    writev: (parts, done) => writeTo(socket, Buffer.concat(parts.map(({ chunk }: { chunk: Buffer }) => chunk)), done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      clearTimeout(timer)
      socket.setTimeout(FAREWELL_MS, () => socket.destroy())
      if (error === null) socket.destroySoon()
      else socket.destroy()
      done(error)
    },
  })

  function take(bytes: Buffer): void {
    timer = undefined
    const passed = scanBytes(scan, bytes, rules)
    const hasRoom = passed.bytes === 0 || stream.push(bytes.subarray(0, passed.bytes))
    if (passed.refusal !== undefined) {
      rules.turnAway(...passed.refusal)
      socket.destroy()
    } else if (passed.waitMs !== undefined) {
      socket.pause()
      timer = setTimeout(take, passed.waitMs, bytes.subarray(passed.bytes))
    } else if (hasRoom) socket.resume()
    else socket.pause()
  }

  socket.on('data', take)
  socket.on('end', () => stream.push(null))
  socket.on('error', (error) => stream.destroy(error))
  socket.on('close', () => stream.destroy())
  return stream
}

function writeTo(socket: Socket, bytes: Buffer, done: () => void): void {
  if (socket.write(bytes)) done()
  else socket.once('drain', done)
}

function scanBytes(scan: Scan, bytes: Buffer, rules: StreamRules): Passed {
  for (let at = 0; at < bytes.length;) {
    if (scan.left === undefined) {
      const refusal = readLength(scan, bytes.readUInt8(at))
      if (refusal !== undefined) return { bytes: at, refusal }
      at += 1
    } else if (scan.left > 0) {
      const step = Math.min(scan.left, bytes.length - at)
      scan.left -= step
      at += step
    } else {
      scan.type = bytes.readUInt8(at) >> 4
      if (scan.isFirst && scan.type !== CONNECT) return { bytes: at, refusal: ['malformed', 'no CONNECT comes first'] }
      const waitMs = scan.type === PUBLISH ? rules.delayMs() : 0
      if (waitMs > 0) return { bytes: at, waitMs }
      scan.left = undefined
      scan.lengthBytes = 0
      scan.length = 0
      at += 1
    }
  }
  return { bytes: bytes.length }
}

/** MQTT 3.1.1, 2.2.3: seven bits a byte, the lowest first, four bytes at most. */
function readLength(scan: Scan, byte: number): [Guard, string] | undefined {
  scan.length += (byte & 127) * 128 ** scan.lengthBytes
  scan.lengthBytes += 1
  const most = scan.isFirst ? MAX_CONNECT_BYTES : MAX_PACKET_BYTES
  if (scan.length > most) return ['oversize', `a packet of ${scan.length} bytes or more, where ${most} are the most`]
  if (byte < 128) {
    scan.left = scan.length
    scan.isFirst = false
    return undefined
  }
  return scan.lengthBytes === 4 ? ['malformed', 'a length of more than four bytes'] : undefined
}
