/**
 * Ten hours of a Sparkplug node with deaths, rebirths, other aliases, losses, messages out of order and a listener who is
 * away. Which of its messages can be read is told by what the node itself knows: its own serial numbers and sessions.
 */
import { describe, expect, test } from 'vitest'
import type { Packet } from '../../src/ingest/recording.ts'
import { seedCount } from '../seeds.ts'
import type { Scenario, ScenarioPoint } from './types.ts'
import { oracle } from './oracle.ts'
import { differences, grouped, replayDay, type Told } from './run.ts'
import { DEVICES, EVERY_MS, POINTS, tenHours, type Sent } from './sparkplug-hours.ts'

function siteOf(topicOf: (point: string) => string, member?: (point: string) => string): Scenario {
  const points = POINTS.map((name): ScenarioPoint => ({
    name,
    topic: topicOf(name),
    ...(member && { member: member(name) }),
    kind: 'power',
    unit: 'kW',
    everyMs: EVERY_MS,
    maxGapMs: 900_000,
    hold: false,
    role: name,
  }))
  const term = (point: string) => [{ point, factor: 1 }]
  return {
    site: 'dc',
    timezone: 'UTC',
    lengthMs: 60_000,
    latenessMs: 900_000,
    skewMs: 60_000,
    boundMs: 35_000,
    minCoverage: 0.9,
    windows: ['5m', '1h'],
    points,
    boundaries: [{ name: 'dc', facility: term('fac'), it: term('it'), category: 1, part: false }],
  }
}

const deviceOf = (point: string): string => Object.keys(DEVICES).find((it) => DEVICES[it]?.includes(point)) ?? ''
const NODE = siteOf(
  (point) => `spBv1.0/DC/DDATA/edge/${deviceOf(point)}`,
  (point) => point,
)
const PLAIN = siteOf((point) => point)

/** Messages of aliases in the order of sending, where one has overtaken another of the same moment. */
function inOrder(sent: readonly Sent[]): Sent[] {
  const order = [...sent]
  for (let n = 1; n < order.length; n++) {
    const [before, it] = [order[n - 1], order[n]]
    if (before && it && before.nowMs === it.nowMs && it.serial === before.serial - 1) order.splice(n - 1, 2, it, before)
  }
  return order
}

/** The readings of the messages that can be read, when they can: as packets of a site without Sparkplug. */
function readable(sent: readonly Sent[]): Packet[] {
  const packets: Packet[] = []
  const read = ({ readings }: Sent, nowMs: number) => {
    for (const { point, tMs, kw } of readings) {
      packets.push({ nowMs, topic: point, payload: JSON.stringify({ value: kw, ts: tMs }), retain: false })
    }
  }
  let serial = NaN
  let known = new Map<string, Sent>()
  let [lost, before, isReborn]: [Sent[], Map<string, Sent>, boolean] = [[], new Map(), false]
  for (const it of inOrder(sent)) {
    const isNext = it.serial === serial + 1
    if (!Number.isNaN(it.serial)) serial = it.serial
    if (it.says === 'death') {
      ;[known, lost, before] = [new Map(), [], new Map()]
      continue
    }
    if (it.says === 'node birth') {
      known = new Map()
      isReborn = true
      if (lost[0]?.session !== it.session) lost = []
      continue
    }
    if (!isNext && known.size > 0) [before, known, lost, isReborn] = [known, new Map(), [], false]
    if (it.says === 'device birth') {
      known.set(it.device, it)
      const isSame = isReborn && before.get(it.device)?.aliases === it.aliases
      for (const waited of lost.filter(({ device }) => device === it.device)) if (isSame) read(waited, it.nowMs)
      lost = lost.filter(({ device }) => device !== it.device)
    }
    if (it.says !== 'aliases' || known.has(it.device)) read(it, it.nowMs)
    else if (before.get(it.device)?.session === it.session) lost.push(it)
  }
  return packets
}

function energies({ rows }: Told): string[] {
  return [...rows]
    .filter(([key]) => key.startsWith('energy'))
    .map(([key, { fields }]) => `${key} ${fields['energy_j']}`)
}

describe.each(Array.from({ length: seedCount('sparkplug hours') }, (_, n) => n + 1))('ten hours, seed %i', (seed) => {
  test('rows are those of the messages that can be read, and no reading is at a wrong meter', async () => {
    const { packets, sent } = tenHours(seed)
    const expected = readable(sent)
    const told = await replayDay(NODE, packets)
    const { before_birth: waited = 0, unselected: _, ...outcomes } = told.outcomes
    expect(waited).toBeGreaterThan(20)
    expect(grouped(differences(oracle(PLAIN, expected), { ...told, outcomes }))).toEqual([])
    expect(told.odd).toEqual([])
  })

  test('where all comes again as history, energies are those of ten undisturbed hours', async () => {
    const calm = await replayDay(NODE, tenHours(seed, { calm: true }).packets)
    const told = await replayDay(NODE, tenHours(seed, { again: true }).packets)
    const [want, got] = [energies(calm), energies(told)]
    expect(want.length).toBeGreaterThan(2_000)
    expect(got).toEqual(want)
  })
})
