import type { Refused, RefusedPacket } from '../store/types.ts'

/** What `/api/v1/refused` answers. Times are epoch ms. */
export interface RefusedBody extends Pick<Refused, 'counts' | 'fallen'> {
  packets: RefusedText[]
}

/** A refused packet as JSON: bytes that are not UTF-8 as hex, as recordings have them. */
interface RefusedText extends Omit<RefusedPacket, 'payload' | 'nowMs'> {
  timeMs: number
  payload?: string
  payload_hex?: string
  /** The payload, or its text's last character, is cut. */
  cut?: true
}

export function refusedBody({ counts, packets, fallen }: Refused): RefusedBody {
  return { counts, packets: packets.map(textOf), fallen }
}

function textOf({ outcome, topic, nowMs, points, payload, bytes }: RefusedPacket): RefusedText {
  const isCut = payload.length < bytes
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(payload, { stream: isCut })
  const isText = !text.includes('\ufffd')
  return {
    outcome,
    topic,
    timeMs: nowMs,
    points,
    bytes,
    ...(isText ? { payload: text } : { payload_hex: Buffer.from(payload).toString('hex') }),
    ...(isCut ? { cut: true } : {}),
  }
}
