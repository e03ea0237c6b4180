import { runOwn } from '../own.ts'
import { bareThrough, passThrough, type Out, type QoS } from '../passage.ts'
import type { Asked, Figure, Question, Target } from '../question.ts'
import { powerSite } from '../sites.ts'
import { powerStream } from '../streams.ts'

interface Case {
  perMessage: 1 | 100
  qos: QoS
  out: Out
}

const POINTS = 2_000
const CPU: Target = { of: 'ratio', atMost: 1.2 }
const RATE: Target = { of: 'ratio', atLeast: 0.9 }
const PARSE: Target = { of: 'ratio', atMost: 1.6 }

export const ingest: Question = {
  name: 'ingest',
  asks: 'a message’s way through broker, journal and fold, with no interval closing: 2,000 power points, as fast as it goes',
  floor: 'a bare `mqtt` subscriber that parses the same messages; for a hundred readings also JSON.parse alone',
  needs: ['mosquitto', 'mosquitto_sub'],
  reads: 'proc',
  limitS: { quick: 60, usual: 120, full: 600 },
  async measure(asked) {
    const cases: Case[] = [
      { perMessage: 1, qos: 1, out: 'nowhere' },
      { perMessage: 1, qos: 0, out: 'nowhere' },
      { perMessage: 100, qos: 1, out: 'nowhere' },
      { perMessage: 100, qos: 0, out: 'nowhere' },
    ]
    if (asked.size === 'quick') cases.splice(3, 1)
    const figures: Figure[] = []
    for (const one of cases) figures.push(...(await measureCase(asked, one)))
    return figures
  },
}

async function measureCase({ tree, size, folder }: Asked, { perMessage, qos, out }: Case): Promise<Figure[]> {
  const messages = { quick: 30_000, usual: 100_000, full: 300_000 }[size] / (perMessage === 1 ? 1 : 10)
  const stream = powerStream(folder, { points: POINTS, perMessage, messages })
  const floor = await bareThrough(stream, qos)
  const cost = await passThrough({ tree, site: powerSite(POINTS, { perMessage }), stream, qos, out })
  const name = `QoS ${qos}, ${perMessage === 1 ? 'one reading' : 'a hundred readings'} a message`
  const isMain = qos === 1 && perMessage === 1
  const figures: Figure[] = [
    {
      line: `${name}: CPU a message`,
      unit: 'µs',
      measured: cost.toFold.cpuUs,
      floor: floor.cpuUs,
      ...(isMain ? { target: CPU } : {}),
    },
    {
      line: `${name}: rate`,
      unit: '/s',
      measured: cost.toFold.perS,
      floor: floor.perS,
      ...(isMain ? { target: RATE } : {}),
    },
    { line: `${name}: broker’s CPU a message`, unit: 'µs', measured: cost.brokerUs },
    { line: `${name}: publisher’s CPU a message`, unit: 'µs', measured: cost.publisherUs },
  ]
  if (qos === 0) {
    figures.push({
      line: `${name}: share taken`,
      unit: '',
      measured: cost.taken / messages,
      floor: floor.taken / messages,
    })
  }
  if (perMessage === 1) return figures
  const { cpuUs } = await runOwn<{ cpuUs: number }>('parse', [stream.file])
  const parse = { unit: 'µs', measured: cost.toFold.cpuUs / perMessage, floor: cpuUs / perMessage }
  return [...figures, { line: `${name}: CPU a reading, to JSON.parse`, ...parse, target: PARSE }]
}
