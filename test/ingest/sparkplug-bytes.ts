import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** Datatypes by their names in the specification (Sparkplug 3.0.0, 6.4.16). */
export const TYPES = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Text: 14,
} as const
export const FLOAT = 9
export const DOUBLE = 10
export const BOOLEAN = 11

/** A metric as it is to lie on the wire: only what is given. */
export interface SentMetric {
  name?: string
  alias?: number | bigint
  tMs?: number
  datatype?: number
  isHistorical?: boolean
  isTransient?: boolean
  isNull?: boolean
  quality?: number
  int?: number
  long?: bigint
  float?: number
  double?: number
  boolean?: boolean
  text?: string
  /** Texts of its properties. */
  texts?: Readonly<Record<string, string>>
}

/** A Sparkplug B payload, from the field numbers of the specification. */
export function payloadOf(sent: { tMs?: number; seq?: number; metrics: readonly SentMetric[] }): Uint8Array {
  const writer = new BinaryWriter()
  if (sent.tMs !== undefined) writer.tag(1, WireType.Varint).uint64(sent.tMs)
  for (const metric of sent.metrics) {
    writer.tag(2, WireType.LengthDelimited).fork()
    writeMetric(writer, metric)
    writer.join()
  }
  if (sent.seq !== undefined) writer.tag(3, WireType.Varint).uint64(sent.seq)
  return writer.finish()
}

function writeMetric(writer: BinaryWriter, it: SentMetric): void {
  if (it.name !== undefined) writer.tag(1, WireType.LengthDelimited).string(it.name)
  if (it.alias !== undefined) writer.tag(2, WireType.Varint).uint64(it.alias)
  if (it.tMs !== undefined) writer.tag(3, WireType.Varint).uint64(it.tMs)
  if (it.datatype !== undefined) writer.tag(4, WireType.Varint).uint32(it.datatype)
  if (it.isHistorical) writer.tag(5, WireType.Varint).bool(true)
  if (it.isTransient) writer.tag(6, WireType.Varint).bool(true)
  if (it.isNull) writer.tag(7, WireType.Varint).bool(true)
  if (it.quality !== undefined || it.texts !== undefined) writeProperties(writer, it)
  if (it.int !== undefined) writer.tag(10, WireType.Varint).uint32(it.int >>> 0)
  if (it.long !== undefined) writer.tag(11, WireType.Varint).uint64(BigInt.asUintN(64, it.long))
  if (it.float !== undefined) writer.tag(12, WireType.Bit32).float(it.float)
  if (it.double !== undefined) writer.tag(13, WireType.Bit64).double(it.double)
  if (it.boolean !== undefined) writer.tag(14, WireType.Varint).bool(it.boolean)
  if (it.text !== undefined) writer.tag(15, WireType.LengthDelimited).string(it.text)
}

/** Keys come first, values behind them in the same order. */
function writeProperties(writer: BinaryWriter, { quality, texts = {} }: SentMetric): void {
  writer.tag(9, WireType.LengthDelimited).fork()
  for (const key of [...(quality === undefined ? [] : ['Quality']), ...Object.keys(texts)]) {
    writer.tag(1, WireType.LengthDelimited).string(key)
  }
  if (quality !== undefined) {
    writer.tag(2, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.Varint).uint32(TYPES.Int32).tag(3, WireType.Varint).uint32(quality).join()
  }
  for (const text of Object.values(texts)) {
    writer.tag(2, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.Varint).uint32(12).tag(8, WireType.LengthDelimited).string(text).join()
  }
  writer.join()
}
