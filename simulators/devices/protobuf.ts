/** Payloads of Sparkplug B as bytes, from the field numbers of the specification (3.0.0, 6.4). */

/** A metric as it is to lie on the wire: only what is given. */
export interface WrittenMetric {
  readonly name?: string
  readonly alias?: number
  readonly tMs: number
  readonly datatype?: number
  readonly isHistorical?: boolean
  readonly value: { readonly long: number } | { readonly double: number } | { readonly boolean: boolean }
}

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

/** Field 1: time, 2: metrics, 3: the message's number. */
export function sparkplugPayload(tMs: number, seq: number | undefined, metrics: readonly WrittenMetric[]): Uint8Array {
  return Uint8Array.from([
    ...whole(1, tMs),
    ...metrics.flatMap((metric) => bytes(2, metricBytes(metric))),
    ...(seq === undefined ? [] : whole(3, seq)),
  ])
}

function metricBytes({ name, alias, tMs, datatype, isHistorical, value }: WrittenMetric): number[] {
  return [
    ...(name === undefined ? [] : bytes(1, [...Buffer.from(name)])),
    ...(alias === undefined ? [] : whole(2, alias)),
    ...whole(3, tMs),
    ...(datatype === undefined ? [] : whole(4, datatype)),
    ...(isHistorical === true ? whole(5, 1) : []),
    ...valueBytes(value),
  ]
}

function valueBytes(value: WrittenMetric['value']): number[] {
  if ('long' in value) return whole(11, value.long)
  if ('boolean' in value) return whole(14, value.boolean ? 1 : 0)
  const eight = Buffer.alloc(8)
  eight.writeDoubleLE(value.double)
  return [...varint(13 * 8 + FIXED64), ...eight]
}

function whole(field: number, value: number): number[] {
  return [...varint(field * 8 + VARINT), ...varint(value)]
}

function bytes(field: number, content: readonly number[]): number[] {
  return [...varint(field * 8 + BYTES), ...varint(content.length), ...content]
}

/** Seven bits a byte, the lowest first; numbers are whole and below 2^53. */
function varint(value: number): number[] {
  const out: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    out.push((rest % 128) + (rest >= 128 ? 128 : 0))
    if (rest < 128) return out
  }
}
