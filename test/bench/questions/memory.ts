import { startDaemon, subscribed } from '../../servers/daemon.ts'
import { memoryBytes } from '../machine.ts'
import { runOwn } from '../own.ts'
import { mainOf, publish, startBroker, untilFolded } from '../passage.ts'
import type { Asked, Figure, Missed, Question, Size } from '../question.ts'
import { mixedSite, SITE } from '../sites.ts'
import { mixedStream, type Stream } from '../streams.ts'

const CASES: Record<Size, [points: number, everyS: number][]> = {
  quick: [[2_000, 60]],
  usual: [
    [2_000, 60],
    [2_000, 30],
    [2_000, 10],
    [20_000, 60],
  ],
  full: [2_000, 20_000].flatMap((points) => [60, 30, 10].map((everyS) => [points, everyS] as [number, number])),
}
/** The least that a site can have. */
const EMPTY_POINTS = 8

export const memory: Question = {
  name: 'memory',
  asks: 'the daemon’s memory (RSS) a point above an empty one’s, after minutes of readings, and its snapshot a point; half of the points are inlets’',
  floor: 'the daemon with eight points (printed as a line of its own)',
  needs: ['mosquitto', 'mosquitto_sub'],
  reads: 'proc',
  limitS: { quick: 30, usual: 60, full: 900 },
  async measure(asked) {
    const minutes = { quick: 5, usual: 6, full: 30 }[asked.size]
    const empty = await measureSite(asked, EMPTY_POINTS, mixedStream(asked.folder, EMPTY_POINTS, 60, minutes))
    const figures: (Figure | Missed)[] = [{ line: 'empty', unit: 'MB', measured: empty.rss / 1e6 }]
    for (const [points, everyS] of CASES[asked.size]) {
      const stream = mixedStream(asked.folder, points, everyS, minutes)
      const { rss, peak, snapshot, stopMs } = await measureSite(asked, points, stream, everyS)
      const line = `${points} points, everyS ${everyS}`
      const [rssTarget, snapshotTarget] = everyS === 60 ? [4_096, 1_024] : []
      figures.push(
        {
          line: `${line}: RSS a point`,
          unit: 'bytes',
          measured: (rss - empty.rss) / points,
          ...(rssTarget === undefined ? {} : { target: { of: 'measured', atMost: rssTarget } }),
        },
        { line: `${line}: highest RSS`, unit: 'MB', measured: peak / 1e6 },
        {
          line: `${line}: snapshot a point`,
          unit: 'bytes',
          measured: snapshot / points,
          ...(snapshotTarget === undefined ? {} : { target: { of: 'measured', atMost: snapshotTarget } }),
        },
        { line: `${line}: stop`, unit: 's', measured: stopMs / 1000 },
      )
    }
    return figures
  },
}

interface Sizes {
  rss: number
  peak: number
  snapshot: number
  stopMs: number
}

async function measureSite({ tree }: Asked, points: number, stream: Stream, everyS = 60): Promise<Sizes> {
  await using broker = await startBroker()
  const text = JSON.stringify({ ...mixedSite(points, { everyS }), mqtt: { url: broker.url } })
  await using daemon = await startDaemon(text, { main: mainOf(tree) })
  await subscribed(broker, SITE)
  await publish(broker, stream, 1)
  await untilFolded(daemon, stream.messages)
  const [rss, peak] = [memoryBytes(daemon.pid(), 'VmRSS'), memoryBytes(daemon.pid(), 'VmHWM')]
  const beganMs = performance.now()
  await daemon.stop()
  const stopMs = performance.now() - beganMs
  const { bytes } = await runOwn<{ bytes: number }>('snapshot', [tree.root, daemon.storePath])
  return { rss, peak, snapshot: bytes, stopMs }
}
