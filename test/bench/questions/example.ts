import { bareThrough, passThrough, type Cost, type Out, type Passage } from '../passage.ts'
import type { Asked, Figure, Question, Target } from '../question.ts'
import { exampleSite, mixedSite } from '../sites.ts'
import { exampleStream, mixedStream, type Stream } from '../streams.ts'

const TARGETS: Partial<Record<Out, { cpu: Target; rate: Target }>> = {
  sink: { cpu: { of: 'ratio', atMost: 2 }, rate: { of: 'ratio', atLeast: 0.7 } },
  influxd: { cpu: { of: 'ratio', atMost: 2 }, rate: { of: 'ratio', atLeast: 0.5 } },
}
const ROWS: Target = { of: 'measured', atMost: 0.45 }
const FLOOR = 'a bare `mqtt` subscriber that parses the same messages'

export const example: Question = {
  name: 'example',
  asks: 'config/example.yaml (200 inlets) over three hours at QoS 1, to the last fold and to the last row sent: rows to nowhere, to a sink on loopback that answers 204, to InfluxDB',
  floor: FLOOR,
  needs: ['mosquitto', 'mosquitto_sub', 'influxd'],
  reads: 'proc',
  limitS: { quick: 60, usual: 120, full: 900 },
  async measure(asked) {
    const stream = exampleStream(asked.folder, asked.size === 'quick' ? 1 : 3)
    const outs: Out[] = asked.size === 'quick' ? ['sink', 'influxd'] : ['nowhere', 'sink', 'influxd']
    return measureOuts(asked, { site: exampleSite(), stream, outs, targets: TARGETS, rows: ROWS })
  },
}

export const large: Question = {
  name: 'large',
  asks: '20,000 points (half power meters, half dry bulbs and humidities of 5,000 inlets) each minute, at QoS 1, to the last row sent',
  floor: FLOOR,
  needs: ['mosquitto', 'mosquitto_sub', 'influxd'],
  reads: 'proc',
  limitS: { quick: 40, usual: 90, full: 900 },
  async measure(asked) {
    const minutes = { quick: 3, usual: 5, full: 10 }[asked.size]
    const stream = mixedStream(asked.folder, 20_000, 60, minutes)
    const outs: Out[] = asked.size === 'quick' ? ['sink'] : ['sink', 'influxd']
    return measureOuts(asked, { site: mixedSite(20_000), stream, outs, targets: {} })
  },
}

interface Wanted {
  site: Record<string, unknown>
  stream: Stream
  outs: Out[]
  targets: typeof TARGETS
  rows?: Target
}

async function measureOuts({ tree }: Asked, { site, stream, outs, targets, rows }: Wanted): Promise<Figure[]> {
  const floor = await bareThrough(stream)
  const figures: Figure[] = []
  for (const out of outs) {
    const passage = await passThrough({ tree, site, stream, out })
    const target = targets[out]
    figures.push(...costFigures(`${out}, to the last fold`, passage.toFold, floor))
    if (out === 'nowhere') continue
    figures.push(...costFigures(`${out}, to the last row`, passage.toRow, floor, target))
    figures.push(...othersOf(out, passage, stream, rows))
  }
  return figures
}

function costFigures(name: string, cost: Cost, floor: Cost, target?: { cpu: Target; rate: Target }): Figure[] {
  const [cpu, rate] = target === undefined ? [{}, {}] : [{ target: target.cpu }, { target: target.rate }]
  return [
    { line: `${name}: CPU a message`, unit: 'µs', measured: cost.cpuUs, floor: floor.cpuUs, ...cpu },
    { line: `${name}: rate`, unit: '/s', measured: cost.perS, floor: floor.perS, ...rate },
  ]
}

function othersOf(out: Out, passage: Passage, stream: Stream, target?: Target): Figure[] {
  return [
    {
      line: `${out}: rows a reading`,
      unit: '',
      measured: passage.rows / stream.readings,
      ...(target === undefined ? {} : { target }),
    },
    { line: `${out}: broker’s CPU a message`, unit: 'µs', measured: passage.brokerUs },
    { line: `${out}: publisher’s CPU a message`, unit: 'µs', measured: passage.publisherUs },
    { line: `${out}: CPU a message of ${out} itself`, unit: 'µs', measured: passage.influxUs },
  ]
}
