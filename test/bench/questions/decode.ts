import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runOwn } from '../own.ts'
import type { Figure, Question } from '../question.ts'
import { mixedSite, powerSite } from '../sites.ts'
import { mixedStream, powerStream } from '../streams.ts'

interface DecodeCost {
  decodeUs: number
  parseUs: number
  perMessage: number
}

export const decode: Question = {
  name: 'decode',
  asks: 'from a payload’s bytes to its readings, per message (median over short pieces)',
  floor: 'JSON.parse of the same bytes',
  needs: [],
  limitS: { quick: 20, usual: 20, full: 60 },
  async measure({ tree, size, folder }) {
    const messages = size === 'quick' ? 20_000 : 100_000
    const cases = [
      { line: 'one reading', site: powerSite(2_000), stream: powerStream(folder, { messages }) },
      {
        line: 'two thirds one, one third two readings',
        site: mixedSite(2_000),
        stream: mixedStream(folder, 2_000, 60, 10),
      },
      {
        line: 'a hundred readings',
        site: powerSite(2_000, { perMessage: 100 }),
        stream: powerStream(folder, { messages: messages / 50, perMessage: 100 }),
      },
    ]
    const figures: Figure[] = []
    for (const { line, site, stream } of cases) {
      const config = join(folder, 'decode.json')
      writeFileSync(config, JSON.stringify(site))
      const { decodeUs, parseUs } = await runOwn<DecodeCost>('decode', [tree.root, config, stream.file])
      figures.push({ line, unit: 'µs', measured: decodeUs, floor: parseUs })
    }
    return figures
  },
}
