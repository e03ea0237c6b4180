import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib'

/** Unpacks gzip piece by piece. Both throw an `Error` in words for what is damaged, once all before it was given. */
export interface Gunzip {
  write(piece: Buffer): AsyncGenerator<Buffer, void, undefined>
  /** To be called behind the last piece. */
  end(): AsyncGenerator<Buffer, void, undefined>
  close(): void
}

interface Member {
  readonly inflate: InflateRaw
  /** What was unpacked and not yet given. */
  ready: Buffer[]
  crc: number
  length: number
  hasEnded: boolean
  failure: Error | undefined
  wake: () => void
}

/** Bits of the flags of a head (RFC 1952, 2.3.1): what follows its ten bytes. */
const [HEAD_CRC, EXTRA, NAME, COMMENT] = [2, 4, 8, 16] as const
const HEAD_BYTES = 10
const TAIL_BYTES = 8
const MOST_HEAD_BYTES = 200_000

/**
 * A file of gzip is members one behind the other, each a head, a deflated stream and a tail of checks:
 *
 *     head │ deflated … │ CRC, length ║ head │ deflated … │ CRC, length ║ zeros
 *
 * Node's own gunzip throws away what it has unpacked when it meets bytes behind the end, or the cut end of a file.
 */
export function createGunzip(chunkSize: number): Gunzip {
  let rest: Buffer = Buffer.alloc(0)
  let member: Member | undefined
  let members = 0

  async function* write(piece: Buffer): AsyncGenerator<Buffer, void, undefined> {
    rest = Buffer.concat([rest, piece])
    for (;;) {
      if (member === undefined) {
        if (members > 0) rest = withoutZeros(rest)
        const head = headBytes(rest, members > 0)
        if (head === undefined) return
        rest = rest.subarray(head)
        member = openMember(chunkSize)
        members++
      }
      if (!member.hasEnded) {
        if (rest.length === 0) return
        rest = await inflateSome(member, rest)
        yield* take(member)
        if (member.failure !== undefined) throw damaged(member.failure.message)
        if (!member.hasEnded) return
      }
      if (rest.length < TAIL_BYTES) return
      if (rest.readUInt32LE(0) !== member.crc) throw damaged('incorrect data check')
      if (rest.readUInt32LE(4) !== member.length % 2 ** 32) throw damaged('incorrect length check')
      rest = rest.subarray(TAIL_BYTES)
      member = undefined
    }
  }

  return {
    write,
    async *end() {
      yield* write(Buffer.alloc(0))
      if (member !== undefined || members === 0) throw new Error(ENDS_EARLY)
      if (rest.length > 0) throw new Error(BEHIND)
    },
    close: () => member?.inflate.destroy(),
  }
}

const ENDS_EARLY = 'the gzip stream ends early; the lines before the cut were read'
const BEHIND = 'bytes that are no gzip stand behind the end of the gzip stream; the lines before them were read'

function damaged(why: string): Error {
  return new Error(`the gzip stream is damaged (${why})`)
}

function withoutZeros(bytes: Buffer): Buffer {
  const from = bytes.findIndex((byte) => byte !== 0)
  return bytes.subarray(from === -1 ? bytes.length : from)
}

/** How long a head is; undefined: more bytes are needed to know. */
function headBytes(bytes: Buffer, isBehind: boolean): number | undefined {
  if ((bytes.length > 0 && bytes[0] !== 0x1f) || (bytes.length > 1 && bytes[1] !== 0x8b)) {
    throw isBehind ? new Error(BEHIND) : damaged('incorrect header check')
  }
  if (bytes.length < HEAD_BYTES) return undefined
  if (bytes[2] !== 8) throw isBehind ? new Error(BEHIND) : damaged('unknown compression method')
  const flags = bytes[3] ?? 0
  let at = HEAD_BYTES
  if ((flags & EXTRA) !== 0) at += bytes.length < at + 2 ? Infinity : 2 + bytes.readUInt16LE(at)
  for (const text of [NAME, COMMENT]) {
    if ((flags & text) === 0) continue
    const end = at < bytes.length ? bytes.indexOf(0, at) : -1
    at = end === -1 ? Infinity : end + 1
  }
  if ((flags & HEAD_CRC) !== 0) at += 2
  if (at <= bytes.length) return at
  if (bytes.length > MOST_HEAD_BYTES) throw damaged('a header without an end')
  return undefined
}

function openMember(chunkSize: number): Member {
  const inflate = createInflateRaw({ chunkSize })
  const member: Member = { inflate, ready: [], crc: 0, length: 0, hasEnded: false, failure: undefined, wake: () => {} }
  inflate.on('data', (piece: Buffer) => {
    member.ready.push(piece)
    member.crc = crc32(piece, member.crc)
    member.length += piece.length
  })
  // Neither an end nor damage calls a write back
  inflate.on('end', () => {
    member.hasEnded = true
    member.wake()
  })
  inflate.on('error', (error) => {
    member.failure = error
    member.wake()
  })
  return member
}

/** Gives what a member leaves of the bytes. */
async function inflateSome(member: Member, bytes: Buffer): Promise<Buffer> {
  const before = member.inflate.bytesWritten
  await new Promise<void>((done) => {
    member.wake = done
    member.inflate.write(bytes, () => done())
  })
  return bytes.subarray(member.inflate.bytesWritten - before)
}

function* take(member: Member): Generator<Buffer, void, undefined> {
  const { ready } = member
  member.ready = []
  yield* ready
}
