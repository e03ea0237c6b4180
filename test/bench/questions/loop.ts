import { setTimeout as sleep } from 'node:timers/promises'
import { startDaemon, subscribed } from '../../servers/daemon.ts'
import { runOwn } from '../own.ts'
import { mainOf, startBroker } from '../passage.ts'
import type { Asked, Figure, Question } from '../question.ts'
import { mixedSite, powerSite, SITE } from '../sites.ts'
import { mixedStream, powerStream } from '../streams.ts'

interface Delay {
  p50: number
  p99: number
  max: number
}

interface Load {
  line: string
  site: Record<string, unknown>
  file: string
  perS: number
  seconds: number
}

const INSIDE = new URL('../own/inside.ts', import.meta.url).href
const P99 = { of: 'measured', atMost: 20 } as const
const MAX = { of: 'measured', atMost: 50 } as const

export const loop: Question = {
  name: 'loop',
  asks: 'delay of the daemon’s event loop, by monitorEventLoopDelay preloaded into its main thread (its own resolution of 1 ms taken off): at 10,000 messages a second on 2,000 points; at 20,000 points six times faster than their clocks, so that an interval ends every ten seconds',
  floor: 'the same daemon when nothing comes',
  needs: ['mosquitto', 'mosquitto_sub'],
  reads: 'proc',
  limitS: { quick: 60, usual: 120, full: 600 },
  async measure(asked) {
    const { size, folder } = asked
    const seconds = { quick: 8, usual: 10, full: 60 }[size]
    const steady = powerStream(folder, { points: 2_000, messages: 20_000, stamped: false })
    const minutes = { quick: 3, usual: 4, full: 10 }[size]
    const mixed = mixedStream(folder, 20_000, 60, minutes)
    const loads: Load[] = [
      { line: '10,000 a second', site: powerSite(2_000, { stamped: false }), file: steady.file, perS: 10_000, seconds },
      { line: '20,000 points', site: mixedSite(20_000), file: mixed.file, perS: 1_500, seconds: minutes * 10 },
    ]
    const figures: Figure[] = []
    for (const load of loads) figures.push(...(await delayUnder(asked, load)))
    return figures
  },
}

async function delayUnder({ tree }: Asked, { line, site, file, perS, seconds }: Load): Promise<Figure[]> {
  await using broker = await startBroker()
  const text = JSON.stringify({ ...site, mqtt: { url: broker.url } })
  await using daemon = await startDaemon(text, { main: mainOf(tree), preload: INSIDE })
  await subscribed(broker, SITE)
  const delay = async (): Promise<Delay> => (await daemon.askInside('delay')) as Delay
  await delay() // forgets the start
  await sleep(3_000)
  const idle = await delay()
  const load = await runOwn<{ sent: number; firstMs: number; lastMs: number }>('publisher', [
    broker.url,
    file,
    1,
    perS,
    seconds,
  ])
  const busy = await delay()
  return [
    { line: `${line}: p50`, unit: 'ms', measured: busy.p50, floor: idle.p50 },
    { line: `${line}: p99`, unit: 'ms', measured: busy.p99, floor: idle.p99, target: P99 },
    { line: `${line}: max`, unit: 'ms', measured: busy.max, floor: idle.max, target: MAX },
    { line: `${line}: sent`, unit: '/s', measured: (load.sent * 1000) / (load.lastMs - load.firstMs) },
  ]
}
