import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startDaemon, subscribed } from '../../servers/daemon.ts'
import { memoryBytes } from '../machine.ts'
import { runOwn } from '../own.ts'
import { mainOf, publish, startBroker, untilFolded, untilReady } from '../passage.ts'
import type { Asked, Figure, Question, Size } from '../question.ts'
import { mixedSite, SITE } from '../sites.ts'
import { mixedStream, type Stream } from '../streams.ts'
import { ROOT } from '../trees.ts'

type Case = [points: number, everyS: number]

const CASES: Record<Size, Case[]> = {
  quick: [[2_000, 60]],
  usual: [
    [2_000, 60],
    [2_000, 30],
    [2_000, 10],
    [20_000, 60],
  ],
  full: [...[2_000, 20_000].flatMap((points) => [60, 30, 10].map((everyS): Case => [points, everyS])), [100_000, 60]],
}
/** With fewer, the memory that V8 holds in reserve is more than that of the points. */
const JUDGED_POINTS = 20_000
const LIMIT_MS = 240_000
const UNIT = join(ROOT, 'config', 'coldaisle.service')
const shell = promisify(execFile)
/** The least that a site can have. */
const EMPTY_POINTS = 8
/** V8 gives back what a burst left behind some 10 s after it. */
const REST_MS = 20_000

export const memory: Question = {
  name: 'memory',
  asks: 'the daemon’s memory (RSS) a point above an empty one’s, after minutes of readings; its snapshot a point; how long it takes to stop, to start again, to check; half of the points are inlets’',
  floor: 'the daemon with eight points (printed as a line of its own)',
  needs: ['mosquitto', 'mosquitto_sub'],
  reads: 'proc',
  limitS: { quick: 30, usual: 60, full: 900 },
  async measure(asked) {
    const { size, folder } = asked
    const minutes = { quick: 5, usual: 6, full: 10 }[size]
    // A reading a second, so that its heap has grown like that of the others
    const empty = await measureSite(asked, EMPTY_POINTS, mixedStream(folder, EMPTY_POINTS, 1, minutes))
    const figures: Figure[] = [{ line: 'empty', unit: 'MB', measured: empty.rss / 1e6 }]
    for (const [points, everyS] of CASES[size]) {
      const found = await measureSite(asked, points, mixedStream(folder, points, everyS, minutes), everyS)
      figures.push(...figuresOf([points, everyS], found, empty))
    }
    return figures
  },
}

function figuresOf([points, everyS]: Case, found: Sizes, empty: Sizes): Figure[] {
  const isJudged = points >= JUDGED_POINTS && everyS === 60
  const atMost = (most: number) => (isJudged ? { target: { of: 'measured' as const, atMost: most } } : {})
  const atRest = isJudged ? [(found.rested - empty.rested) / points] : []
  const figure = (line: string, unit: string, measured: number, target = {}): Figure => ({
    line: `${points} points, everyS ${everyS}: ${line}`,
    unit,
    measured,
    ...target,
  })
  return [
    figure('RSS a point', 'bytes', (found.rss - empty.rss) / points, atMost(4_096)),
    ...atRest.map((bytes) => figure('RSS a point at rest', 'bytes', bytes, atMost(4_096))),
    figure('highest RSS', 'MB', found.peak / 1e6, points >= 100_000 ? atMost(600) : {}),
    figure('snapshot a point', 'bytes', found.snapshot / points, atMost(1_024)),
    figure('stop', 's', found.stopMs / 1000, atMost(3)),
    figure('start again', 's', found.startMs / 1000, atMost(5)),
    figure('coldaisle check', 's', found.checkMs / 1000, atMost(5)),
  ]
}

interface Sizes {
  rss: number
  /** After `REST_MS` without a reading; NaN where nobody asks. */
  rested: number
  peak: number
  snapshot: number
  stopMs: number
  startMs: number
  checkMs: number
}

async function measureSite({ tree }: Asked, points: number, stream: Stream, everyS = 60): Promise<Sizes> {
  await using broker = await startBroker()
  const text = JSON.stringify({ ...mixedSite(points, { everyS }), mqtt: { url: broker.url } })
  await using daemon = await startDaemon(text, { ready: false, main: mainOf(tree), env: environmentOfUnit() })
  await untilReady(daemon, LIMIT_MS)
  await subscribed(broker, SITE)
  await publish(broker, stream, 1)
  await untilFolded(daemon, stream.messages)
  const [rss, peak] = [memoryBytes(daemon.pid(), 'VmRSS'), memoryBytes(daemon.pid(), 'VmHWM')]
  const isAsked = points === EMPTY_POINTS || points >= JUDGED_POINTS
  if (isAsked) await sleep(REST_MS)
  const rested = isAsked ? memoryBytes(daemon.pid(), 'VmRSS') : NaN
  const stopMs = await took(() => daemon.stop())
  const { bytes } = await runOwn<{ bytes: number }>('snapshot', [tree.root, daemon.storePath])
  const startMs = await took(async () => {
    await daemon.start()
    await untilReady(daemon, LIMIT_MS)
  })
  await daemon.kill()
  const args = [mainOf(tree), 'check', '--config', join(daemon.folder, 'site.yaml')]
  const checkMs = await took(() => shell(process.execPath, args, { timeout: LIMIT_MS, maxBuffer: 2 ** 26 }))
  return { rss, rested, peak, snapshot: bytes, stopMs, startMs, checkMs }
}

/** What the systemd unit starts the daemon with. */
function environmentOfUnit(): Record<string, string> {
  const settings = readFileSync(UNIT, 'utf8').matchAll(/^Environment=(\w+)=(.*)$/gm)
  return Object.fromEntries([...settings].map(([, name = '', value = '']) => [name, value]))
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now()
  await work()
  return performance.now() - beganMs
}
