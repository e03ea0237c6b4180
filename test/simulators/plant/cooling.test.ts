/** How the ways of cooling answer to weather, set-points and faults. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Flows } from '../../../simulators/plant/flows.ts'
import type { PlantSpec } from '../../../simulators/plant/spec.ts'
import { runPlant } from '../../../simulators/plant/year.ts'
import { readEpw } from '../../../simulators/weather/epw.ts'
import { dewFrom, ratioAtDew } from '../../../simulators/weather/moist.ts'
import { airOfYear } from '../../../simulators/weather/year.ts'
import { MONDAY_MS, SEA_PA, small, still, variant, walk } from './stretches.ts'

/** Means over six hours in still air, after two days of it. */
function atRest(spec: PlantSpec, dryC: number, wetC: number): Flows & { inletC: number } {
  const run = runPlant(spec, { fromMs: MONDAY_MS, hours: 6, offsetMs: 0, outside: still(dryC, wetC) })
  const sums = { ...run.sums }
  for (const name of Object.keys(sums) as (keyof Flows)[]) sums[name] /= 6 * 3600
  return { ...sums, inletC: run.hours[5]?.inletC ?? NaN }
}

test('a warmer set-point saves compressors and costs server fans, with an optimum between', () => {
  const shifts = [-4, -2, 0, 1, 2, 4, 6, 8, 10, 12]
  const points = shifts.map((setK) => ({ setK, ...atRest(small('free', setK), 32, 24) }))
  for (const [at, point] of points.entries()) {
    const before = points[at - 1]
    if (before === undefined) continue
    expect(point.compressorsW, `${point.setK} K`).toBeLessThan(before.compressorsW)
    expect(point.itW).toBeGreaterThan(before.itW)
  }
  const totals = points.map(({ utilityW }) => utilityW)
  const best = totals.indexOf(Math.min(...totals))
  expect(best).toBeGreaterThan(0)
  expect(best).toBeLessThan(totals.length - 1)
  // Meanwhile the PUE falls further than the power does: the fans of the servers count as IT.
  const pues = points.map(({ utilityW, itW }) => utilityW / itW)
  expect(pues.indexOf(Math.min(...pues))).toBeGreaterThanOrEqual(best)
})

test('adiabatic supply comes as close to the wet bulb as the pads let it, however dry the air', () => {
  const { spec, state, go } = walk(small('adiabatic'))
  if (spec.cooling.kind !== 'outside' || spec.cooling.outside.pads === undefined) throw new Error('no pads')
  const { saturation } = spec.cooling.outside.pads
  for (const [dryC, wetC] of [
    [30, 18.5],
    [38, 20],
    [40, 19],
  ] as const) {
    go(240, { air: still(dryC, wetC) })
    const reached = (dryC - (state.halls[0]?.supplyC ?? NaN)) / (dryC - wetC)
    expect(state.halls[0]?.supplyC).toBeGreaterThan(wetC)
    // Below the rated flow the pads saturate better; the fans warm the air by some tenths of a kelvin.
    expect(reached).toBeGreaterThan(saturation - 0.06)
    expect(reached).toBeLessThan(0.97)
  }
})

test('saturation falls with flow', () => {
  const reached = (load: number) => {
    const { state, go } = walk(small('adiabatic'))
    go(240, { air: still(38, 20), load })
    const hall = state.halls[0]
    const warmedK = 700 / 1020
    return { flow: hall?.supplyKgS ?? NaN, share: (38 + warmedK - (hall?.supplyC ?? NaN)) / 18 }
  }
  const [little, much] = [reached(0.3), reached(1.9)]
  expect(much.flow).toBeGreaterThan(1.2 * little.flow)
  expect(much.share).toBeLessThan(little.share)
})

test('the dew point of the supply air can bind before its temperature', () => {
  const { spec, state, flows, go } = walk(small('adiabatic'))
  if (spec.cooling.kind !== 'outside' || spec.cooling.outside.pads === undefined) throw new Error('no pads')
  const pads = { ...spec.cooling.outside.pads, mostRatio: ratioAtDew(15, SEA_PA) }
  const strict = walk({ ...spec, cooling: { ...spec.cooling, outside: { ...spec.cooling.outside, pads } } })
  const air = still(28, 19)
  go(240, { air })
  strict.go(240, { air })
  const dewC = (one: typeof state) => dewFrom(one.halls[0]?.supplyRatio ?? NaN, SEA_PA)
  expect(dewC(state)).toBeGreaterThan(15.5)
  expect(dewC(strict.state)).toBeCloseTo(15, 1)
  expect(strict.state.halls[0]?.supplyC).toBeGreaterThan((state.halls[0]?.supplyC ?? NaN) + 0.5)
  expect(strict.flows.padKgS).toBeLessThan(flows.padKgS)
})

test('without water the pads dry within 5 to 20 minutes, and in frost they are drained', () => {
  const { state, flows, go } = walk(small('adiabatic'))
  go(240, { air: still(32, 20) })
  const coolC = state.halls[0]?.supplyC ?? NaN
  let minutes = 0
  while ((state.halls[0]?.supplyC ?? NaN) < 31 && minutes < 100) {
    go(1, { health: { water: 0 } })
    minutes++
  }
  expect(coolC).toBeLessThan(24)
  expect(minutes).toBeGreaterThanOrEqual(5)
  expect(minutes).toBeLessThanOrEqual(20)
  go(60, { air: still(32, 20) })
  go(1, { air: still(2, 0) })
  expect(flows.padKgS).toBe(0)
  expect(flows.bleedKgS).toBeGreaterThan(0)
  expect(state.halls[0]?.pads.waterKg).toBe(0)
})

test('in the cold outside air is mixed with return air to the set-point', () => {
  const { spec, state, flows, go } = walk(small('adiabatic'))
  go(240, { air: still(-5, -6) })
  expect(state.halls[0]?.supplyC).toBeCloseTo(spec.cooling.air.setC, 1)
  expect(flows.intakeKgS).toBeGreaterThan(0.2 * (state.halls[0]?.supplyKgS ?? NaN))
  expect(flows.intakeKgS).toBeLessThan(0.6 * (state.halls[0]?.supplyKgS ?? NaN))
})

test('the economiser changes over with a band', () => {
  const { spec, flows, state, go } = walk(small('free'))
  if (spec.cooling.kind !== 'chilled') throw new Error('no chillers')
  const { waterC } = spec.cooling.plant
  /** The wet bulb at which the plant changes over, when it slowly goes from one to the other. */
  const changesAt = (fromC: number, toC: number) => {
    go(60, { air: still(fromC + 2, fromC) })
    const was = flows.free
    for (let wetC = fromC; wetC !== toC; wetC += Math.sign(toC - fromC) / 8) {
      go(10, { air: still(wetC + 2, wetC) })
      if (flows.free !== was) return wetC
    }
    return NaN
  }
  const up = changesAt(2, 16)
  const down = changesAt(16, 2)
  expect(up - down).toBeGreaterThan(0.8)
  expect(up - down).toBeLessThan(1.3)
  expect(up).toBeLessThan(waterC)
  // Just above the band compressors run at part of the load only.
  go(60, { air: still(up + 2.5, up + 0.5) })
  expect(flows.compressorsW).toBeGreaterThan(0)
  expect(flows.compressorsW).toBeLessThan(0.06 * flows.itW)
  expect(state.chillers.on).toBe(1)
})

test('a trim takes over where outside air is too warm, and lets the hall be shut where it is warmer than the return', () => {
  const bare = walk(variant('outside'))
  const trimmed = walk(variant('outside with trim'))
  for (const { go } of [bare, trimmed]) go(240, { air: still(28, 24) })
  expect(bare.state.halls[0]?.supplyC).toBeGreaterThan(28)
  expect(trimmed.state.halls[0]?.supplyC).toBeCloseTo(trimmed.spec.cooling.air.setC, 1)
  expect(trimmed.flows.compressorsW).toBeGreaterThan(0)
  trimmed.go(240, { air: still(44, 40) })
  expect(trimmed.flows.intakeKgS).toBe(0)
  trimmed.go(240, { air: still(10, 6) })
  expect(trimmed.flows.compressorsW).toBe(0)
})

test('an indirect cooler leaves the moisture outside; wetted it comes further down, by its water', () => {
  const [dry, wet, both] = (['indirect dry', 'indirect wet', 'indirect with trim'] as const).map((name) =>
    walk(variant(name)),
  )
  for (const one of [dry, wet, both]) one?.go(600, { air: still(30, 20) })
  const supplyC = (one: typeof dry) => one?.state.halls[0]?.supplyC ?? NaN
  expect(supplyC(dry)).toBeGreaterThan(30)
  expect(supplyC(wet)).toBeLessThan(supplyC(dry) - 4)
  expect(supplyC(both)).toBeLessThanOrEqual(supplyC(wet) + 0.1)
  expect(wet?.flows.towerKgS).toBeGreaterThan(0)
  expect(wet?.flows.intakeKgS).toBe(0)
  expect(dry?.flows.makeupKgS).toBe(0)
  wet?.go(240, { air: still(8, 5) })
  expect(wet?.flows.towerKgS).toBe(0)
  expect(supplyC(wet)).toBeCloseTo(wet?.spec.cooling.air.setC ?? NaN, 1)
})

test('a hybrid cooler takes water in the warm only, and less of compressors than a dry one', () => {
  const [dry, hybrid] = (['dry cooler', 'hybrid cooler'] as const).map((name) => walk(variant(name)))
  for (const one of [dry, hybrid]) one?.go(300, { air: still(18, 14) })
  expect(hybrid?.flows.makeupKgS).toBe(0)
  for (const one of [dry, hybrid]) one?.go(300, { air: still(33, 20) })
  expect(hybrid?.flows.makeupKgS).toBeGreaterThan(0)
  expect(hybrid?.flows.compressorsW).toBeLessThan(0.9 * (dry?.flows.compressorsW ?? NaN))
})

test('broken compressors let the hall warm, and chillers come on in stages', () => {
  const { state, go } = walk(small('legacy'))
  go(240, { air: still(32, 22) })
  expect(state.chillers.on).toBe(2)
  const supplyC = state.halls[0]?.supplyC ?? NaN
  go(60, { health: { compressors: 0 } })
  expect(state.halls[0]?.supplyC).toBeGreaterThan(supplyC + 5)
})

test('a liquid loop holds 32 °C by a dry cooler, and lets it rise in the heat where no water helps', () => {
  const { state, flows, go } = walk(small('liquid'))
  go(240, { air: still(24, 18) })
  expect(state.liquid.supplyC).toBe(32)
  expect(flows.compressorsW).toBeLessThan(0.04 * flows.itW)
  go(240, { air: still(41, 22), health: { water: 0 } })
  expect(state.liquid.supplyC).toBeGreaterThan(42)
})

const EPW = fileURLToPath(
  new URL('../../../../shared/data/weather-epw/tmy_45.000_8.000_2005_2023.epw', import.meta.url),
)

test.skipIf(!existsSync(EPW))('hours of free cooling are those that a weather file counts by hand', () => {
  const text = readFileSync(EPW, 'utf8')
  const year = readEpw(text)
  const spec = small('free')
  if (spec.cooling.kind !== 'chilled') throw new Error('no chillers')
  const rejection = { ...spec.cooling.plant.rejection, kind: 'dry' as const, approachK: 0 }
  const plant = { ...spec.cooling.plant, rejection, economiser: { approachK: 0, bandK: 0 } }
  const outside = (tMs: number, out: Parameters<typeof airOfYear>[2]) => airOfYear(year, tMs, out)
  const run = runPlant(
    { ...spec, cooling: { ...spec.cooling, plant } },
    { fromMs: Date.UTC(2025, 0, 1), hours: 8_760, offsetMs: 0, outside },
  )
  const temperatures = text
    .trim()
    .split('\n')
    .slice(8)
    .map((line) => Number(line.split(',')[6]))
  const byHand = temperatures.filter((dryC) => dryC <= plant.waterC).length
  expect(byHand).toBeGreaterThan(3_000)
  expect(Math.abs(run.sums.free / 3_600 - byHand)).toBeLessThan(0.01 * byHand)
})
