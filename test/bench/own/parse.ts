/** Time of JSON.parse over the payloads of the recording argv[2], µs a message, as bytes come from a socket. */
import { readFileSync } from 'node:fs'
import { createPieceClock } from './clock.ts'

const lines = readFileSync(process.argv[2] ?? '', 'utf8')
  .trimEnd()
  .split('\n')
const payloads = lines.map((line) => Buffer.from((JSON.parse(line) as { payload: string }).payload))
const [ROUNDS, PIECE] = [5, 4]
let odd = 0
let clock = createPieceClock()
for (let round = 0; round < ROUNDS; round++) {
  if (round === 1) clock = createPieceClock() // the first round compiles
  for (let from = 0; from < payloads.length; from += PIECE) {
    const piece = payloads.slice(from, from + PIECE)
    clock.time(piece.length, () => {
      for (const payload of piece) if (typeof JSON.parse(payload.toString()) !== 'object') odd += 1
    })
  }
}
process.send?.({ result: { cpuUs: clock.medianUs(), odd } })
process.disconnect()
