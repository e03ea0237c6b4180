import { bareThrough, passThrough, type Cost, type Out, type Passage, type QoS } from '../passage.ts'
import type { Asked, Figure, Question, Target } from '../question.ts'
import { exampleSite, gatewaySite, mixedSite, powerSite } from '../sites.ts'
import { byGateway, exampleStream, mixedStream, powerStream, type Stream } from '../streams.ts'

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
    return measureOuts(asked, { site: mixedSite(20_000), stream, outs })
  },
}

export const ways: Question = {
  name: 'ways',
  asks: 'the other ways in, rows to nowhere and to InfluxDB: at QoS 0, and in documents of many readings; on config/example.yaml (eighty readings, the inlets of a hall) and on 20,000 power points (a hundred)',
  floor: FLOOR,
  needs: ['mosquitto', 'mosquitto_sub', 'influxd'],
  reads: 'proc',
  limitS: { quick: 60, usual: 240, full: 1_800 },
  async measure(asked) {
    const { folder, size } = asked
    const plain = exampleStream(folder, size === 'quick' ? 1 : 3)
    const minutes = { quick: 2, usual: 5, full: 10 }[size]
    const points = size === 'quick' ? 2_000 : 20_000
    const [perMessage, outs] = [100, size === 'quick' ? (['influxd'] as Out[]) : (['nowhere', 'influxd'] as Out[])]
    const long = 4 * minutes
    const messages = (points / perMessage) * long
    const example = { site: exampleSite(), stream: plain, outs }
    const halls = { site: gatewaySite(), stream: byGateway(plain), outs }
    const mixed = { site: mixedSite(points), stream: mixedStream(folder, points, 60, minutes), outs }
    const hundred = {
      site: powerSite(points, { perMessage }),
      stream: powerStream(folder, { points, perMessage, messages, minutes: long }),
      outs,
    }
    return [
      ...(await measureOuts(asked, { ...example, qos: 0, name: 'example, QoS 0: ' })),
      ...(await measureOuts(asked, { ...halls, qos: 1, name: 'example by hall, QoS 1: ' })),
      ...(await measureOuts(asked, { ...halls, qos: 0, name: 'example by hall, QoS 0: ' })),
      ...(await measureOuts(asked, { ...mixed, qos: 0, name: `${points} points, QoS 0: ` })),
      ...(await measureOuts(asked, { ...hundred, qos: 1, name: `${points} points by a hundred, QoS 1: ` })),
      ...(await measureOuts(asked, { ...hundred, qos: 0, name: `${points} points by a hundred, QoS 0: ` })),
    ]
  },
}

interface Wanted {
  site: Record<string, unknown>
  stream: Stream
  outs: Out[]
  qos?: QoS
  /** Before the names of all lines. */
  name?: string
  targets?: typeof TARGETS
  rows?: Target
}

async function measureOuts(
  { tree }: Asked,
  { site, stream, outs, qos = 1, name = '', targets = {}, rows }: Wanted,
): Promise<Figure[]> {
  const floor = await bareThrough(stream, qos)
  const figures: Figure[] = []
  for (const out of outs) {
    const passage = await passThrough({ tree, site, stream, qos, out })
    figures.push(...costFigures(`${name}${out}, to the last fold`, passage.toFold, floor))
    if (qos === 0) figures.push(shareTaken(`${name}${out}`, passage.taken, stream, floor.taken))
    if (out === 'nowhere') continue
    figures.push(...costFigures(`${name}${out}, to the last row`, passage.toRow, floor, targets[out]))
    figures.push(...othersOf(`${name}${out}`, passage, stream, rows))
  }
  return figures
}

/** At QoS 0 a broker drops what a subscriber does not take in time. */
function shareTaken(name: string, taken: number, { messages }: Stream, ofFloor: number): Figure {
  return { line: `${name}: share taken`, unit: '', measured: taken / messages, floor: ofFloor / messages }
}

function costFigures(name: string, cost: Cost, floor: Cost, target?: { cpu: Target; rate: Target }): Figure[] {
  const [cpu, rate] = target === undefined ? [{}, {}] : [{ target: target.cpu }, { target: target.rate }]
  return [
    { line: `${name}: CPU a message`, unit: 'µs', measured: cost.cpuUs, floor: floor.cpuUs, ...cpu },
    { line: `${name}: rate`, unit: '/s', measured: cost.perS, floor: floor.perS, ...rate },
  ]
}

function othersOf(name: string, passage: Passage, stream: Stream, target?: Target): Figure[] {
  return [
    {
      line: `${name}: rows a reading`,
      unit: '',
      measured: passage.rows / stream.readings,
      ...(target === undefined ? {} : { target }),
    },
    { line: `${name}: broker’s CPU a message`, unit: 'µs', measured: passage.brokerUs },
    { line: `${name}: publisher’s CPU a message`, unit: 'µs', measured: passage.publisherUs },
    { line: `${name}: CPU a message of the receiver itself`, unit: 'µs', measured: passage.influxUs },
  ]
}
