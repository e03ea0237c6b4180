/** Time of decoding the recording argv[4] by the tree argv[2] and the configuration argv[3], beside JSON.parse. */
import { readFileSync } from 'node:fs'
import type * as PayloadModule from '../../../src/ingest/payload.ts'
import { createPieceClock } from './clock.ts'
import { load, siteOf, tell } from './site.ts'

const [root = '', config = '', recording = ''] = process.argv.slice(2)
const ROUNDS = 5
/** Shorter than a busy machine's turn. */
const PIECE_BYTES = 20_000
const { decode } = await load<typeof PayloadModule>(root, 'ingest/payload.ts')
const { routes } = await siteOf(root, readFileSync(config, 'utf8'))
const packets = readFileSync(recording, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const { topic, payload } = JSON.parse(line) as { topic: string; payload: string }
    const route = routes.get(topic)
    if (route === undefined) throw new Error(`${topic} is not of this site`)
    return { route, payload: Buffer.from(payload) }
  })
let [readings, refused, odd] = [0, 0, 0]
const take = { reading: () => void (readings += 1), refused: () => void (refused += 1) }
const nowMs = Date.now()

const bytes = packets.reduce((sum, { payload }) => sum + payload.length, 0)
const length = Math.ceil((PIECE_BYTES * packets.length) / bytes)
let clocks = { decode: createPieceClock(), parse: createPieceClock() }
for (let round = 0; round < ROUNDS; round++) {
  if (round === 1) clocks = { decode: createPieceClock(), parse: createPieceClock() } // the first round compiles
  for (let from = 0; from < packets.length; from += length) {
    const piece = packets.slice(from, from + length)
    clocks.decode.time(piece.length, () => {
      for (const { route, payload } of piece) decode(route, { payload, nowMs, retain: false }, take)
    })
    clocks.parse.time(piece.length, () => {
      for (const { payload } of piece) if (typeof JSON.parse(payload.toString()) !== 'object') odd += 1
    })
  }
}
if (refused > 0 || odd > 0) throw new Error(`${refused} readings were refused, ${odd} payloads are no objects`)
tell({
  decodeUs: clocks.decode.medianUs(),
  parseUs: clocks.parse.medianUs(),
  perMessage: readings / ROUNDS / packets.length,
})
