import { startDaemon, subscribed } from '../../servers/daemon.ts'
import { quantile } from '../figures.ts'
import { runOwn, startOwn } from '../own.ts'
import { mainOf, startBroker } from '../passage.ts'
import type { Asked, Figure, Question } from '../question.ts'
import { alarmSite, digits, SITE } from '../sites.ts'
import { powerStream } from '../streams.ts'

const POINTS = 2_000
const PER_S = 5_000
/** The eleventh in ten minutes would begin a flood, in which alarms are told together. */
const INLETS = 10
const SECONDS = 4

export const alarm: Question = {
  name: 'alarm',
  asks: 'from the publish of a breach (delays 0) to its notice on the MQTT topic, raised and cleared, while 5,000 messages a second come in; a fresh daemon for every ten alarms',
  floor: 'the same with no other message',
  needs: ['mosquitto', 'mosquitto_sub'],
  reads: 'proc',
  limitS: { quick: 20, usual: 50, full: 600 },
  async measure(asked) {
    const rounds = { quick: 1, usual: 3, full: 10 }[asked.size]
    const alone: number[] = []
    const loaded: number[] = []
    for (let round = 0; round < rounds; round++) {
      alone.push(...(await latencies(asked, 0)))
      loaded.push(...(await latencies(asked, PER_S)))
    }
    const figure = (line: string, share: number): Figure => ({
      line,
      unit: 'ms',
      measured: quantile(loaded, share),
      floor: quantile(alone, share),
    })
    return [
      figure('p50', 0.5),
      { ...figure('p99', 0.99), target: { of: 'measured', atMost: 50 } },
      figure('max', 1),
      { line: 'notices', unit: '', measured: loaded.length },
    ]
  },
}

async function latencies({ tree, folder }: Asked, perS: number): Promise<number[]> {
  // Else mosquitto holds the notice back until the asker's system has confirmed the PUBACK before it, up to 40 ms.
  await using broker = await startBroker('set_tcp_nodelay true')
  const text = JSON.stringify({ ...alarmSite(POINTS, INLETS), mqtt: { url: broker.url } })
  await using _daemon = await startDaemon(text, { main: mainOf(tree) })
  await subscribed(broker, SITE)
  const { file } = powerStream(folder, { points: POINTS, messages: 4 * POINTS, stamped: false })
  const inlets = Array.from({ length: INLETS }, (_, n) => `i${digits(n, INLETS)}`)
  if (perS === 0) return await runOwn<number[]>('alarms', [broker.url, SITE, ...inlets])
  await using load = startOwn('publisher', [broker.url, file, 1, perS, SECONDS])
  await load.ready
  return await runOwn<number[]>('alarms', [broker.url, SITE, ...inlets])
}
