/** Streams of messages as recordings: the same file is published, replayed and folded. */
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, writeFileSync, writeSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLine } from '../../src/ingest/recording.ts'
import { createRandom } from '../../simulators/random.ts'
import { digits, exampleSite } from './sites.ts'
import { ROOT } from './trees.ts'

export interface Stream {
  file: string
  messages: number
  readings: number
  /** What the bare subscriber subscribes to. */
  filter: string
}

interface Message {
  topic: string
  payload: string
}

const MINUTE_MS = 60_000
const CHUNK = 10_000

/**
 * Readings of `powerSite`, in rounds of all points. All are of one minute, the one before this, so that no interval
 * closes, or of the last `minutes`; without stamps they are of when they arrive.
 */
export function powerStream(
  folder: string,
  { points = 2_000, perMessage = 1, messages = 100_000, stamped = true, minutes = 1 } = {},
): Stream {
  const topics = points / perMessage
  const rounds = Math.ceil(messages / topics)
  const spanMs = minutes * MINUTE_MS
  const fromMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - spanMs
  const random = createRandom(11)
  const file = join(folder, `power-${points}-${perMessage}-${messages}-${minutes}-${stamped}.ndjson`)
  writeStream(file, messages, (n) => {
    const topic = n % topics
    const tMs = fromMs + Math.floor((Math.floor(n / topics) * (spanMs - 1_000)) / rounds) + (topic % 97)
    const reading = (): string => {
      const kw = (100 + 20 * random.next()).toFixed(2)
      return stamped ? `{"ts":${tMs},"kw":${kw}}` : `{"kw":${kw}}`
    }
    const members = (): string[] =>
      Array.from({ length: perMessage }, (_, at) => `"p${digits(at, perMessage)}":${reading()}`)
    return {
      topic: `bench/m/${digits(topic, topics)}`,
      payload: perMessage === 1 ? reading() : `{${members().join(',')}}`,
    }
  })
  return { file, messages, readings: messages * perMessage, filter: 'bench/#' }
}

/** `minutes` of `mixedSite`, up to now: meters and inlets by turns. A quarter more readings than three per message. */
export function mixedStream(folder: string, points: number, everyS: number, minutes: number): Stream {
  const [meters, inlets] = [points / 2, points / 4]
  const round = meters + inlets
  const rounds = Math.floor((minutes * 60) / everyS)
  const fromMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - minutes * MINUTE_MS
  const halls = Math.max(1, Math.ceil(inlets / 500))
  const random = createRandom(13)
  const file = join(folder, `mixed-${points}-${everyS}-${minutes}.ndjson`)
  writeStream(file, rounds * round, (n) => {
    const [at, place] = [Math.floor(n / round), n % round]
    const tMs = fromMs + at * everyS * 1000 + Math.floor((place * everyS * 1000) / round)
    // Two meters, then an inlet
    const third = Math.floor(place / 3)
    if (place % 3 < 2) {
      const kw = (100 + 20 * random.next()).toFixed(2)
      return {
        topic: `bench/m/${digits(2 * third + (place % 3), meters)}`,
        payload: `{"ts":${tMs},"kw":${kw}}`,
      }
    }
    const inHall = inlets / halls
    const name = `h${digits(Math.floor(third / inHall), halls)}-i${digits(third % inHall, inHall)}`
    // Air of a place differs from that of others, and changes too little to raise an alarm
    const [t, rh] = [22 + (third % 20) / 10 + 0.1 * random.next(), 42 + 0.5 * random.next()]
    return { topic: `bench/i/${name}`, payload: `{"ts":${tMs},"t":${t.toFixed(2)},"rh":${rh.toFixed(1)}}` }
  })
  return { file, messages: rounds * round, readings: rounds * points, filter: 'bench/#' }
}

/** The plant of config/example.yaml as `coldaisle simulate` records it, up to a whole minute; recorded once a run. */
export function exampleStream(folder: string, hours: number): Stream {
  const [file, config] = [join(folder, `example-${hours}.ndjson`), join(folder, 'example.json')]
  writeFileSync(config, JSON.stringify(exampleSite()))
  const from = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - hours * 3_600_000).toISOString()
  const args = ['simulate', '--config', config, '--seed', '31', '--from', from, '--hours', String(hours), '--out', file]
  if (!existsSync(file)) {
    execFileSync(process.execPath, [join(ROOT, 'src', 'main.ts'), ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  }
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const inlets = lines.filter((line) => line.includes('/inlet"')).length
  return { file, messages: lines.length, readings: lines.length + inlets, filter: 'dc5/#' }
}

/**
 * The example's messages as five gateways would send them: the inlets of a hall in one document, up to forty with two
 * readings each, by their topics. `gatewaySite` reads them. Other messages stay as they are.
 */
export function byGateway(stream: Stream): Stream {
  const file = stream.file.replace('.ndjson', '-gateways.ndjson')
  const open = new Map<string, Map<string, string>>()
  const lines: string[] = []
  const flush = (hall: string, nowMs: number): void => {
    const members = [...(open.get(hall) ?? [])].map(([topic, payload]) => `${JSON.stringify(topic)}:${payload}`)
    if (members.length === 0) return
    lines.push(formatLine({ topic: `dc5/${hall}/inlets`, payload: `{${members.join(',')}}`, nowMs, retain: false }))
    open.delete(hall)
  }
  let lastMs = 0
  for (const line of readFileSync(stream.file, 'utf8').trimEnd().split('\n')) {
    const { topic, payload, tst } = JSON.parse(line) as { topic: string; payload: string; tst: string }
    const hall = /^dc5\/(h\d)\/r\d+\/inlet$/.exec(topic)?.[1]
    lastMs = Date.parse(tst.replace('Z+0000', 'Z'))
    if (hall === undefined) lines.push(line)
    else {
      if (open.get(hall)?.has(topic) === true) flush(hall, lastMs)
      open.set(hall, (open.get(hall) ?? new Map<string, string>()).set(topic, payload))
    }
  }
  for (const hall of open.keys()) flush(hall, lastMs)
  writeFileSync(file, `${lines.join('\n')}\n`)
  return { ...stream, file, messages: lines.length }
}

/** The same messages with all stamps drawn together into the minute before the first, so that no interval closes. */
export function squeezed(stream: Stream): Stream {
  const file = stream.file.replace('.ndjson', '-squeezed.ndjson')
  const lines = readFileSync(stream.file, 'utf8').trimEnd().split('\n')
  const stamps = lines.map((line) => Number(/\\"ts\\":(\d+)/.exec(line)?.[1] ?? NaN))
  const known = stamps.filter(Number.isFinite)
  const [fromMs, toMs] = known.reduce(([a, b], ms) => [Math.min(a, ms), Math.max(b, ms)], [Infinity, -Infinity])
  const startMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - MINUTE_MS
  const squeezedLines = lines.map((line, n) => {
    const tMs = startMs + Math.floor((((stamps[n] ?? fromMs) - fromMs) * 59_000) / (toMs - fromMs))
    return line.replace(/\\"ts\\":\d+/, `\\"ts\\":${tMs}`)
  })
  writeFileSync(file, `${squeezedLines.join('\n')}\n`)
  return { ...stream, file }
}

/** The first so many messages of the example, or of what was made of it, and the others. */
export function parted(stream: Stream, first: number): [Stream, Stream] {
  const lines = readFileSync(stream.file, 'utf8').trimEnd().split('\n')
  const part = (name: string, of: string[]): Stream => {
    const file = stream.file.replace('.ndjson', `-${name}.ndjson`)
    writeFileSync(file, `${of.join('\n')}\n`)
    const inlets = of.filter((line) => line.includes('/inlet"')).length
    return { ...stream, file, messages: of.length, readings: of.length + inlets }
  }
  return [part('first', lines.slice(0, first)), part('others', lines.slice(first))]
}

function writeStream(file: string, messages: number, message: (n: number) => Message): void {
  const fd = openSync(file, 'w')
  let lines: string[] = []
  const nowMs = Date.now()
  for (let n = 0; n < messages; n++) {
    const stamp = message(n)
    const written = /"ts":(\d+)/.exec(stamp.payload)?.[1]
    lines.push(formatLine({ ...stamp, nowMs: written === undefined ? nowMs : Number(written) + 50, retain: false }))
    if (lines.length < CHUNK && n < messages - 1) continue
    writeSync(fd, `${lines.join('\n')}\n`)
    lines = []
  }
  closeSync(fd)
}
