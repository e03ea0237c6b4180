import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** A Sparkplug B payload (3.0.0, section 6.4), as far as readings need it. Written from the field numbers. */
export interface SparkplugMessage {
  /** Epoch ms; NaN: none was sent. */
  tMs: number
  /** 0 to 255; -1: none was sent. */
  seq: number
  metrics: SparkplugMetric[]
}

export interface SparkplugMetric {
  name: string | undefined
  /** A text where it is beyond the whole numbers of a double. */
  alias: number | string | undefined
  /** Epoch ms; NaN: none was sent. */
  tMs: number
  /** 0: none was sent. */
  datatype: number
  /** Of the past: it says nothing of now. */
  isHistorical: boolean
  isTransient: boolean
  isNull: boolean
  /** The value's field, 0: there is none, and its content as it lies on the wire. */
  field: number
  raw: number | bigint
  /** Of the property `Quality`; NaN: none was sent. */
  quality: number
}

const INT = 10
const LONG = 11
const FLOAT = 12
const DOUBLE = 13
const LAST_VALUE = 19

/** Numbers of datatypes by the width of their integers. The wire has these unsigned, in two's complement. */
const SIGNED_BITS: Readonly<Record<number, number>> = { 1: 8, 2: 16, 3: 32, 4: 64 }
const UNSIGNED: ReadonlySet<number> = new Set([5, 6, 7, 8])
const REALS: ReadonlySet<number> = new Set([9, 10])
const QUALITY = 'Quality'

/** Undefined for bytes that are no such payload. */
export function readMessage(bytes: Uint8Array): SparkplugMessage | undefined {
  const message: SparkplugMessage = { tMs: NaN, seq: -1, metrics: [] }
  try {
    const reader = new BinaryReader(bytes)
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag()
      if (field === 1 && wire === 0) message.tMs = Number(reader.uint64())
      else if (field === 2 && wire === 2) message.metrics.push(readMetric(reader, reader.uint32()))
      else if (field === 3 && wire === 0) message.seq = Number(reader.uint64())
      else reader.skip(wire, field)
    }
  } catch {
    return undefined // the caller counts it
  }
  return message.seq > 255 ? undefined : message
}

/**
 * The number of a metric by its datatype; NaN for a metric that is none, such as a text. Undefined where its content is
 * of another type, or an integer that may or may not have a sign: then nobody knows what it is.
 */
export function numberOf({ field, raw }: SparkplugMetric, datatype: number): number | undefined {
  const isReal = field === FLOAT || field === DOUBLE
  if (REALS.has(datatype) || (datatype === 0 && isReal)) return isReal ? Number(raw) : undefined
  const bits = SIGNED_BITS[datatype]
  const isWhole = field === INT || field === LONG
  if (bits === undefined && !UNSIGNED.has(datatype)) return datatype === 0 && isWhole ? undefined : NaN
  if (!isWhole) return undefined
  if (bits === undefined) return Number(raw) <= (LARGEST[datatype] ?? Infinity) ? Number(raw) : NaN
  const value = Number(BigInt.asIntN(field === INT ? 32 : 64, BigInt(raw)))
  const limit = 2 ** (bits - 1)
  if (value >= -limit && value < limit) return value
  // A negative number in no more bits than its datatype has; anything else is none of that datatype
  return value >= 0 && value < 2 * limit ? value - 2 * limit : NaN
}

/** The largest number of UInt8, UInt16 and UInt32. */
const LARGEST: Readonly<Record<number, number>> = { 5: 255, 6: 65_535, 7: 4_294_967_295 }

const BOOLEAN = 11

/** The command that has a node send its births again (6.4.20). */
export function rebirthCommand(nowMs: number): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint).uint64(nowMs).tag(2, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.LengthDelimited).string('Node Control/Rebirth')
  writer
    .tag(3, WireType.Varint)
    .uint64(nowMs)
    .tag(4, WireType.Varint)
    .uint32(BOOLEAN)
    .tag(14, WireType.Varint)
    .bool(true)
  return writer.join().finish()
}

function readMetric(reader: BinaryReader, length: number): SparkplugMetric {
  const end = endOf(reader, length)
  const metric: SparkplugMetric = {
    name: undefined,
    alias: undefined,
    tMs: NaN,
    datatype: 0,
    isHistorical: false,
    isTransient: false,
    isNull: false,
    field: 0,
    raw: NaN,
    quality: NaN,
  }
  while (reader.pos < end) {
    const [field, wire] = reader.tag()
    if (field === 1 && wire === 2) metric.name = reader.string()
    else if (field === 2 && wire === 0) metric.alias = aliasOf(reader.uint64())
    else if (field === 3 && wire === 0) metric.tMs = Number(reader.uint64())
    else if (field === 4 && wire === 0) metric.datatype = reader.uint32()
    else if (field === 5 && wire === 0) metric.isHistorical = reader.bool()
    else if (field === 6 && wire === 0) metric.isTransient = reader.bool()
    else if (field === 7 && wire === 0) metric.isNull = reader.bool()
    else if (field === 9 && wire === 2) metric.quality = readQuality(reader, reader.uint32())
    else if (field >= INT && field <= LAST_VALUE) readValue(reader, metric, field, wire)
    else reader.skip(wire, field)
  }
  if (reader.pos !== end) throw new RangeError('a metric does not end where it says')
  return metric
}

function readValue(reader: BinaryReader, metric: SparkplugMetric, field: number, wire: number): void {
  metric.field = field
  if (field === INT && wire === 0) metric.raw = reader.uint32()
  else if (field === LONG && wire === 0) metric.raw = BigInt(reader.uint64())
  else if (field === FLOAT && wire === 5) metric.raw = reader.float()
  else if (field === DOUBLE && wire === 1) metric.raw = reader.double()
  else reader.skip(wire, field)
}

/** Keys and values of a property set are two lists, side by side. */
function readQuality(reader: BinaryReader, length: number): number {
  const end = endOf(reader, length)
  const keys: string[] = []
  const values: number[] = []
  while (reader.pos < end) {
    const [field, wire] = reader.tag()
    if (field === 1 && wire === 2) keys.push(reader.string())
    else if (field === 2 && wire === 2) values.push(readWhole(reader, reader.uint32()))
    else reader.skip(wire, field)
  }
  return values[keys.indexOf(QUALITY)] ?? NaN
}

/** A property's whole number; NaN where it has none. */
function readWhole(reader: BinaryReader, length: number): number {
  const end = endOf(reader, length)
  let value = NaN
  while (reader.pos < end) {
    const [field, wire] = reader.tag()
    if ((field === 3 || field === 4) && wire === 0) value = Number(reader.uint64())
    else reader.skip(wire, field)
  }
  return value
}

function endOf(reader: BinaryReader, length: number): number {
  const end = reader.pos + length
  if (end > reader.len) throw new RangeError('a part ends behind its message')
  return end
}

function aliasOf(alias: bigint | string): number | string {
  const number = Number(alias)
  return Number.isSafeInteger(number) ? number : String(alias)
}

/** What a metric of a birth says in words: texts of its properties by their keys, and its value if it is a text. */
interface MetricWords {
  name: string
  text: string | undefined
  properties: Record<string, string>
}

const TEXT = 15
const PROPERTY_TEXT = 8
const PROPERTIES = 9

/** The words of a birth's metrics, which readings do not need; none of bytes that are no such payload. */
export function readProperties(bytes: Uint8Array): MetricWords[] {
  const words: MetricWords[] = []
  try {
    const reader = new BinaryReader(bytes)
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag()
      if (field === 2 && wire === WireType.LengthDelimited) words.push(readWords(reader, reader.uint32()))
      else reader.skip(wire, field)
    }
  } catch {
    return [] // the caller has read the same bytes before, and knows
  }
  return words.filter(({ name }) => name !== '')
}

function readWords(reader: BinaryReader, length: number): MetricWords {
  const end = endOf(reader, length)
  const words: MetricWords = { name: '', text: undefined, properties: {} }
  while (reader.pos < end) {
    const [field, wire] = reader.tag()
    if (field === 1 && wire === WireType.LengthDelimited) words.name = reader.string()
    else if (field === TEXT && wire === WireType.LengthDelimited) words.text = reader.string()
    else if (field === PROPERTIES && wire === WireType.LengthDelimited) {
      words.properties = readTexts(reader, reader.uint32())
    } else reader.skip(wire, field)
  }
  return words
}

function readTexts(reader: BinaryReader, length: number): Record<string, string> {
  const end = endOf(reader, length)
  const keys: string[] = []
  const texts: (string | undefined)[] = []
  while (reader.pos < end) {
    const [field, wire] = reader.tag()
    if (field === 1 && wire === WireType.LengthDelimited) keys.push(reader.string())
    else if (field === 2 && wire === WireType.LengthDelimited) texts.push(readText(reader, reader.uint32()))
    else reader.skip(wire, field)
  }
  return Object.fromEntries(keys.flatMap((key, n) => (texts[n] === undefined ? [] : [[key, texts[n]]])))
}

function readText(reader: BinaryReader, length: number): string | undefined {
  const end = endOf(reader, length)
  let text: string | undefined
  while (reader.pos < end) {
    const [field, wire] = reader.tag()
    if (field === PROPERTY_TEXT && wire === WireType.LengthDelimited) text = reader.string()
    else reader.skip(wire, field)
  }
  return text
}
