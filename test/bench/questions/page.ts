import { startDaemon, subscribed } from '../../servers/daemon.ts'
import { quantile } from '../figures.ts'
import { runOwn, startOwn } from '../own.ts'
import { mainOf, startBroker } from '../passage.ts'
import type { Figure, Question } from '../question.ts'
import { powerSite, SITE } from '../sites.ts'
import { powerStream } from '../streams.ts'

const POINTS = 2_000
const PER_S = 5_000
const EVERY_MS = 20
const PATHS = ['/', '/api/v1/latest?measurement=pue']

export const page: Question = {
  name: 'page',
  asks: 'answers of the page and its API, one question every 20 ms, while 5,000 messages a second come in (2,000 points)',
  floor: 'the same daemon when nothing comes',
  needs: ['mosquitto', 'mosquitto_sub'],
  reads: 'proc',
  limitS: { quick: 20, usual: 40, full: 300 },
  async measure({ tree, size, folder }) {
    const seconds = { quick: 3, usual: 8, full: 60 }[size]
    await using broker = await startBroker()
    const text = JSON.stringify({ ...powerSite(POINTS, { stamped: false }), mqtt: { url: broker.url } })
    await using daemon = await startDaemon(text, { main: mainOf(tree) })
    await subscribed(broker, SITE)
    const { file } = powerStream(folder, { points: POINTS, messages: 4 * POINTS, stamped: false })
    const ask = (length: number): Promise<number[][]> =>
      runOwn<number[][]>('asker', [EVERY_MS, length, ...PATHS.map((path) => `${daemon.url}${path}`)])
    const idle = await ask(Math.min(seconds, 5))
    await using load = startOwn('publisher', [broker.url, file, 1, PER_S, seconds + 2])
    await load.ready
    const busy = await ask(seconds)
    return PATHS.flatMap((path, n): Figure[] =>
      [0.5, 0.99].map((share) => ({
        line: `${path}: p${share * 100}`,
        unit: 'ms',
        measured: quantile(busy[n] ?? [], share),
        floor: quantile(idle[n] ?? [], share),
      })),
    )
  },
}
