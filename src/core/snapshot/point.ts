import assert from 'node:assert/strict'
import { refillRates, rateSlot } from '../air/rate.ts'
import { markReading } from '../air/reading.ts'
import type { Cursor } from '../windows/bits.ts'
import {
  CHANGED,
  extendSlots,
  openPastSlot,
  setEstimated,
  slotOfInterval,
  type ChangedInterval,
} from '../energy/intervals.ts'
import { pagedIntervals } from '../energy/pages.ts'
import { EDGE_NUMBERS } from '../energy/register/count-edge.ts'
import { resumeCounts } from '../energy/register/count-hold.ts'
import { recount } from '../energy/register/register.ts'
import { mostSamples } from '../energy/retention.ts'
import { reserveRoom, type Samples } from '../energy/samples.ts'
import type { Core } from '../state.ts'
import { putByteSection, takeByteSection, takeSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'
import { QUALITY_NUMBERS, qualityOf, restoreQuality } from './quality.ts'
import { restoreRule, saveRule } from './rule.ts'
import { isFresh } from './tally.ts'

/** Points of one section, and of one part: so many are copied without a pause. */
const SECTION_POINTS = 1000
const PART_POINTS = 250

/** How far apart the numbers of a sample and of an interval are. */
const SAMPLE = 2
const INTERVAL = 5
const RATE = 3

/**
 * Saves points, a thousand in a section, each as five lists. The first three are what a section of one point held up to
 * release 0.2.0, where `n` counts what follows it:
 *
 *     1  quality | floor, heard, quiet | n       4  its rule
 *     2  samples …                               5  of a gauge: value, since and count of its run,
 *     3  n, late intervals … |                         newest interval of its rates, rates by interval …
 *        n, changed intervals … |                   of a register: what it keeps of dropped readings;
 *        first, since, newest | intervals …         nothing in version 1
 */
export function* savePoints(core: Core, sections: Sections): Generator<void> {
  let to = createWriter()
  const { plan, readings, intervals } = core
  const late = Map.groupBy(readings.changed, (key) => key % plan.points.length)
  const changed = Map.groupBy(intervals.changed, ({ point }) => point)
  const paged = pagedIntervals(intervals.pages)
  for (let point = 0; point < plan.points.length; point++) {
    savePoint(core, point, to)
    const lateHere = (late.get(point) ?? []).map((key) => (key - point) / plan.points.length)
    saveIntervals(core, { point, late: lateHere, changed: changed.get(point) ?? [], paged: paged.get(point) ?? [] }, to)
    putNumbers(to, saveRule(plan.points[point]!), 0)
    putNumbers(to, plan.points[point]!.kind === 'gauge' ? gaugeOf(core, point) : edgeOf(core.samples, point), RATE)
    if ((point + 1) % PART_POINTS === 0) yield
    if ((point + 1) % SECTION_POINTS !== 0 && point + 1 < plan.points.length) continue
    putByteSection(sections, `points/${Math.floor(point / SECTION_POINTS)}`, 'points', to.bytes.subarray(0, to.at))
    to = createWriter()
  }
}

export function restorePoints(core: Core, names: Names, sections: Sections): void {
  const places = restoreNames('points', names.points, sections)
  if (places === undefined) return restoreSinglePoints(core, names, sections)
  let from: Cursor = { bytes: new Uint8Array(), at: 0 }
  const isNew = new Uint8Array(names.points.length).fill(1)
  for (const [saved, point] of places.entries()) {
    if (saved % SECTION_POINTS === 0) {
      const bytes = takeByteSection(sections, `points/${saved / SECTION_POINTS}`, 'points')
      assert(bytes !== undefined, 'a snapshot has the sections of all points that it names')
      from = { bytes, at: 0 }
    }
    const [head, samples, rest, rule, own] = [0, 1, 2, 3, 4].map(() => takeNumbers(from))
    if (point < 0) continue
    isNew[point] = 0
    restorePoint(core, point, joined(head!, samples!, rest!))
    restoreEdge(core.samples, point, own!)
    restoreRule(core, point, rule)
    restoreGauge(core, point, own!)
    resumeRegister(core, point, own!)
  }
  for (const [point, fresh] of isNew.entries()) if (fresh === 1) restorePoint(core, point, undefined)
}

function joined(...lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const list of lists) {
    all.set(list, at)
    at += list.length
  }
  return all
}

/** Up to release 0.2.0 each point had sections. */
function restoreSinglePoints(core: Core, names: Names, sections: Sections): void {
  for (const [point, name] of names.points.entries()) {
    restorePoint(core, point, takeSection(sections, `point/${name}`, 'point'))
    restoreRule(core, point, takeSection(sections, `rule/${name}`, 'rule'))
    const gauge = takeSection(sections, `sensor/${name}`, 'sensor')
    if (gauge !== undefined) restoreGauge(core, point, gauge)
    resumeRegister(core, point, new Float64Array())
  }
}

function savePoint({ samples, alarms, quality }: Core, point: number, to: Cursor): void {
  const head = qualityOf(quality, point)
  const count = samples.count[point]!
  const from = 2 * samples.offset[point]!
  putNumbers(to, [...head, samples.floorMs[point]!, alarms.heardMs[point]!, alarms.silenceFromMs[point]!, count], 0)
  putNumbers(to, samples.cells.subarray(from, from + 2 * count), SAMPLE)
}

/** What is saved of a point's intervals: those with late readings, those that changed, those on pages. */
interface PointIntervals {
  readonly point: number
  readonly late: readonly number[]
  readonly changed: readonly ChangedInterval[]
  readonly paged: readonly number[]
}

function saveIntervals({ intervals }: Core, { point, late, changed, paged }: PointIntervals, to: Cursor): void {
  const numbers = [late.length, ...late, changed.length]
  for (const it of changed) numbers.push(it.interval, it.energyMj, it.estimatedMj, it.coveredMs)
  const newest = intervals.newest[point]!
  numbers.push(intervals.firstHeard[point]!, intervals.rowsFrom[point]!, newest)
  const put = (interval: number, slot: number) => {
    numbers.push(interval, intervals.energyMj[slot]!, intervals.estimatedMj[slot]!, intervals.coveredMs[slot]!)
    numbers.push(intervals.rowState[slot]!)
  }
  const oldest = newest - intervals.slots[point]! + 1
  for (const interval of paged) {
    const slot = slotOfInterval(intervals, point, interval)
    if (slot >= 0 && interval < oldest) put(interval, slot)
  }
  for (let interval = oldest; newest !== -Infinity && interval <= newest; interval++) {
    const slot = slotOfInterval(intervals, point, interval)
    if (!isFresh(intervals, slot)) put(interval, slot)
  }
  putNumbers(to, numbers, INTERVAL)
}

/** Since when a gauge repeats one value, and how fast it changes. */
function gaugeOf({ samples, compliance }: Core, point: number): number[] {
  const { rates } = compliance
  const numbers = [samples.runValue[point]!, samples.runSinceMs[point]!, samples.runCount[point]!]
  const place = rates.placeOf[point]!
  const newest = place < 0 ? -Infinity : rates.newest[place]!
  numbers.push(newest)
  for (let k = newest - rates.slots + 1; newest !== -Infinity && k <= newest; k++) {
    const slot = rateSlot(rates, place, k)
    const [rate15K, rate60K] = [rates.spansK[slot]!, rates.spansK[slot + 1]!]
    if (!Number.isNaN(rate15K) || !Number.isNaN(rate60K)) numbers.push(k, rate15K, rate60K)
  }
  return numbers
}

/** What a register keeps of its dropped readings. */
function edgeOf({ counts }: Samples, point: number): Float64Array {
  const place = counts.placeOf[point]!
  return place < 0 ? new Float64Array() : counts.edges.subarray(EDGE_NUMBERS * place, EDGE_NUMBERS * (place + 1))
}

function restoreEdge({ counts }: Samples, point: number, numbers: Float64Array): void {
  const place = counts.placeOf[point]!
  if (place >= 0 && numbers.length === EDGE_NUMBERS) counts.edges.set(numbers, EDGE_NUMBERS * place)
}

/** Lets a register go on from its samples and its edge. Before version 2 a fall was judged by its neighbours alone. */
function resumeRegister({ samples, intervals, nextClose, plan }: Core, point: number, numbers: Float64Array): void {
  resumeCounts(samples, point)
  const place = samples.counts.placeOf[point]!
  if (place < 0 || numbers.length === EDGE_NUMBERS || samples.counts.walked[place] === 0) return
  recount(intervals, samples, point, plan.points[point]!, nextClose)
}

/** Restores it, once the samples are there: those fill the queues of the rates. */
function restoreGauge({ samples, compliance, plan }: Core, point: number, numbers: Float64Array): void {
  const { rates } = compliance
  if (numbers.length === 0 || plan.points[point]!.kind !== 'gauge') return
  samples.runValue[point] = numbers[0]!
  samples.runSinceMs[point] = numbers[1]!
  samples.runCount[point] = numbers[2]!
  const place = rates.placeOf[point]!
  if (place < 0) return
  const newest = numbers[3]!
  rates.newest[place] = newest
  for (let at = 4; at < numbers.length; at += 3) {
    if (numbers[at]! > newest - rates.slots)
      rates.spansK.set(numbers.subarray(at + 1, at + 3), rateSlot(rates, place, numbers[at]!))
  }
  refillRates(rates, point)
}

function restorePoint(core: Core, point: number, section: Float64Array | undefined): void {
  const { samples, intervals, alarms, readings } = core
  if (section === undefined) {
    alarms.heardMs[point] = core.nextTickMs // a new point's silence begins now
    alarms.silenceFromMs[point] = core.nextTickMs
    return
  }
  restoreQuality(core.quality, point, section.subarray(0, QUALITY_NUMBERS))
  let at = QUALITY_NUMBERS
  const next = () => section[at++]!
  samples.floorMs[point] = next()
  alarms.heardMs[point] = next()
  alarms.silenceFromMs[point] = next()
  const count = next()
  const most = mostSamples(core.retention, samples, point)
  const kept = Math.min(count, most)
  const cells = section.subarray(at + 2 * (count - kept), at + 2 * count)
  reserveRoom(samples, point, kept, most)
  samples.cells.set(cells, 2 * samples.offset[point]!)
  samples.count[point] = kept
  if (kept < count) samples.floorMs[point] = cells[0]!
  at += 2 * count
  for (let late = next(); late > 0; late--) markReading(readings, point, next())
  const isEnergy = intervals.slots[point]! > 0
  const changes = next()
  const changed = []
  for (let n = 0; n < changes; n++) {
    changed.push({ point, interval: next(), energyMj: next(), estimatedMj: next(), coveredMs: next() })
  }
  const first = next()
  const since = next()
  const newest = next()
  if (!isEnergy) return
  extendSlots(intervals, point, newest, -Infinity)
  intervals.firstHeard[point] = first
  intervals.heardFrom = Math.min(intervals.heardFrom, first)
  intervals.rowsFrom[point] = since
  while (at < section.length) {
    const interval = next()
    let slot = slotOfInterval(intervals, point, interval)
    if (slot < 0 && core.gaps.total > 0) slot = openPastSlot(intervals, point, interval, -Infinity)
    const [energyMj, estimatedMj, coveredMs, written] = [next(), next(), next(), next()]
    if (slot < 0) continue
    intervals.energyMj[slot] = energyMj
    setEstimated(intervals, slot, estimatedMj)
    intervals.coveredMs[slot] = coveredMs
    intervals.rowState[slot] = written
  }
  for (const it of changed) {
    const slot = slotOfInterval(intervals, point, it.interval)
    if (slot < 0) continue
    intervals.marks[slot]! |= CHANGED
    intervals.changed.push(it)
  }
}
