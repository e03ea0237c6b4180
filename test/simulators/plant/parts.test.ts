/** Each part of a plant against published figures or what physics must give. */
import { expect, test } from 'vitest'
import { hallSums, indicesOf } from '../../../simulators/plant/air/indices.ts'
import { inletAtHeight, recirculatedShare, servedShare } from '../../../simulators/plant/air/mixing.ts'
import { fanFlow, fanPower, type AirHandling } from '../../../simulators/plant/cooling/fans.ts'
import { partLoad, performance } from '../../../simulators/plant/cooling/refrigeration.ts'
import { breakerHeat, fanSpeed, SERVER_MAKES, serverKgS, serverW } from '../../../simulators/plant/it/servers.ts'
import { lossW, upsLossW, upsModules } from '../../../simulators/plant/power/losses.ts'
import { bleedOf } from '../../../simulators/plant/water/tower.ts'
import { MONDAY_MS, small, still, walk } from './stretches.ts'

const { usual, early, constant } = SERVER_MAKES

test('server fans turn flat up to the knee, then faster; one make begins early, one knows no knee', () => {
  const speeds = [18, 22, 25, 30, 35, 40, 45].map((inletC) => fanSpeed(usual, 0.5, inletC))
  for (const speed of speeds.slice(0, 3)) expect(speed).toBeCloseTo(0.45, 9)
  expect(speeds[3]).toBeGreaterThan(0.6)
  expect(speeds.slice(-2)).toEqual([1, 1])
  expect(fanSpeed(early, 0.5, 25)).toBeGreaterThan(fanSpeed(early, 0.5, 20))
  expect(fanSpeed(constant, 0.9, 38)).toBe(0.7)
  const fansW = (speed: number) => serverW(usual, 10_000, 0.5, 20, speed) - serverW(usual, 10_000, 0.5, 20, 0)
  expect(fansW(1) / fansW(0.5)).toBeCloseTo(8, 6)
})

test('from 15 to 30 °C a server takes 3 to 8 % more (ASHRAE TC 9.9, 2011)', () => {
  const atC = (inletC: number) => serverW(usual, 10_000, 0.5, inletC, fanSpeed(usual, 0.5, inletC))
  expect(atC(30) / atC(15)).toBeGreaterThan(1.03)
  expect(atC(30) / atC(15)).toBeLessThan(1.08)
})

test('at rest the air warms by P / (m c)', () => {
  const { state, go } = walk(small('free'))
  go(600, { air: still(10, 7) })
  for (const rack of state.halls[0]?.racks ?? []) {
    const warmingK = rack.powerW / (rack.airKgS * 1020)
    expect(Math.abs(rack.outC - rack.inC - warmingK)).toBeLessThan(0.15)
    expect(warmingK).toBeGreaterThan(7)
    expect(warmingK).toBeLessThan(18)
    expect(serverKgS(usual, 8_000, 1)).toBeCloseTo(0.98, 2)
  }
})

test('a breaker bears 1.13 times its rating for ever and trips within the hour at 1.45 times (IEC 60898-1)', () => {
  const tripsAfterS = (load: number) => {
    let heat = 0
    for (let s = 0; s < 100_000; s += 60) if ((heat = breakerHeat(heat, load, 60)) >= 1) return s
    return Infinity
  }
  expect(tripsAfterS(1.13)).toBe(Infinity)
  expect(tripsAfterS(1.45)).toBeLessThan(3_600)
  expect(tripsAfterS(2)).toBeLessThan(900)
  const { state, go } = walk(small('free'))
  go(60, { air: still(10, 7) })
  go(240, { load: 4 })
  const off = state.halls[0]?.racks.filter((rack) => rack.off === 1) ?? []
  expect(off.length).toBeGreaterThan(0)
  expect(off.every((rack) => rack.powerW === 0)).toBe(true)
})

test('a UPS is 94 to 97 % efficient at half load, less below; twice N lowers the load of each', () => {
  const ups = small('free').power.ups
  const efficiency = (load: number) => load / (load + lossW(ups, 1, load))
  expect(efficiency(0.5)).toBeGreaterThan(0.94)
  expect(efficiency(0.5)).toBeLessThan(0.975)
  expect(efficiency(0.1)).toBeLessThan(efficiency(0.5) - 0.03)
  expect(upsModules({ ...ups, redundancy: 'N' }, 100_000)).toBe(Math.ceil(100_000 / ups.moduleW))
  expect(upsModules({ ...ups, moduleW: 50_000, redundancy: 'N+1' }, 100_000)).toBe(3)
  expect(upsModules({ ...ups, moduleW: 50_000, redundancy: '2N' }, 100_000)).toBe(4)
  expect(upsLossW(ups, 8, 40_000)).toBeGreaterThan(upsLossW(ups, 4, 40_000))
})

test('compressors: 5.5 to 6.5 at 7/29.5 °C of a large machine (ASHRAE 90.1), better with less lift, best at part load', () => {
  const cop = (waterC: number, towerC: number, load: number) =>
    performance(waterC - 2 * load, towerC + 5 * load + 2 * load, 0.65 * partLoad(load))
  expect(cop(6.7, 29.4, 1)).toBeGreaterThan(5)
  expect(cop(6.7, 29.4, 1)).toBeLessThan(6.5)
  expect(cop(16, 20, 0.7)).toBeGreaterThan(2 * cop(6.7, 29.4, 1))
  expect(partLoad(0.65)).toBe(1)
  expect(partLoad(0.1)).toBeLessThan(0.65)
})

test('fans and pumps go by the cube; a share of them that is broken makes the others turn faster', () => {
  expect(fanPower(1_000, 0.8, 1)).toBeCloseTo(512, 9)
  expect(fanPower(1_000, 0.4, 0.5)).toBeCloseTo(256, 9)
  const air: AirHandling = {
    setC: 22,
    ratedKgS: 10,
    ratedW: 1_000,
    leastShare: 0.3,
    control: { kind: 'follow', excess: 1.1 },
  }
  expect(fanFlow(air, 5, 1)).toBeCloseTo(5.5, 9)
  expect(fanFlow(air, 1, 1)).toBe(3)
  expect(fanFlow(air, 20, 1)).toBe(10)
  expect(fanFlow(air, 9, 0.5)).toBe(5)
  expect(fanFlow({ ...air, control: { kind: 'constant' } }, 1, 1)).toBe(10)
})

test('less supply air than the racks ask for is made up by air that was through them', () => {
  expect(servedShare(12, 0, 10)).toBe(1)
  expect(servedShare(8, 0.25, 10)).toBeCloseTo(0.6, 9)
  expect(recirculatedShare(0.05, 1)).toBeCloseTo(0.05, 9)
  expect(recirculatedShare(0, 0.6)).toBeCloseTo(0.4, 9)
  const { state, go } = walk(small('free'))
  go(300, { air: still(10, 7) })
  const [hall] = state.halls
  if (hall === undefined) throw new Error('no hall')
  const [rack] = hall.racks
  const calm = { ...indicesOf(hallSums(hall)), inC: rack?.inC ?? NaN }
  go(120, { health: { fans: 0.3 } })
  const short = { ...indicesOf(hallSums(hall)), inC: rack?.inC ?? NaN }
  // More supply than the racks draw: the return index is below 100 (bypass). Less: above (recirculation).
  expect(calm.rtiPct).toBeLessThan(100)
  expect(short.rtiPct).toBeGreaterThan(110)
  expect(short.shi).toBeGreaterThan(calm.shi + 0.1)
  expect(short.inC).toBeGreaterThan(calm.inC + 1)
  // Recirculation comes over the top.
  if (rack === undefined) throw new Error('no rack')
  expect(inletAtHeight(rack, hall, 1)).toBeGreaterThan(rack.inC)
  expect(inletAtHeight(rack, hall, 0)).toBeLessThan(rack.inC)
})

test('the return index by flow is that by power at rest; where makes differ, that by rack is another', () => {
  const { state, go } = walk(small('legacy'))
  go(600, { air: still(10, 7) })
  const [hall] = state.halls
  if (hall === undefined) throw new Error('no hall')
  const { rtiPct, rtiByPowerPct, rtiByRackPct } = indicesOf(hallSums(hall))
  expect(Math.abs(rtiPct - rtiByPowerPct)).toBeLessThan(0.1)
  expect(Math.abs(rtiPct - rtiByRackPct)).toBeGreaterThan(0.3)
  expect(Math.abs(rtiPct - rtiByRackPct)).toBeLessThan(10)
})

test('water is bled off by cycles of concentration', () => {
  expect(bleedOf(3, 0, 4)).toBe(1)
  expect(bleedOf(3, 0.1, 4)).toBeCloseTo(0.9, 9)
  expect(bleedOf(3, 0, 7)).toBe(0.5)
})

test('without mains the batteries carry the racks, cooling stands still, the generator takes over', () => {
  const { state, flows, go } = walk(small('free'))
  go(120, { air: still(25, 18) })
  const fullJ = state.supply.batteryJ
  const warmC = state.halls[0]?.airC ?? NaN
  go(1, { health: { utility: 0 } })
  expect(flows.utilityW).toBe(0)
  expect(flows.fansW + flows.compressorsW + flows.pumpsW).toBe(0)
  expect(flows.itW).toBeGreaterThan(20_000)
  expect(state.supply.batteryJ).toBeLessThan(fullJ)
  go(2, { health: { utility: 0 } })
  expect(flows.generatorW).toBeGreaterThan(flows.itW)
  expect(flows.fuelW / flows.generatorW).toBeCloseTo(1 / 0.38, 6)
  expect(state.halls[0]?.airC).toBeGreaterThan(warmC)
  // With a generator that fails they are empty in the end, and the racks are off.
  go(40, { health: { utility: 0, generator: 0 } })
  expect(flows.itW).toBe(0)
  go(120, {})
  expect(flows.chargeW).toBeGreaterThan(0)
})

test('the generator carries the site in its test', () => {
  const day = 28 * Math.ceil(MONDAY_MS / 86_400_000 / 28)
  const { flows, go } = walk(small('free'), day * 86_400_000 + 36_000_000 - 60_000)
  go(1, { air: still(10, 7) })
  expect(flows.generatorW).toBe(0)
  go(1, {})
  expect(flows.utilityW).toBe(0)
  expect(flows.generatorW).toBeGreaterThan(flows.itW)
  go(30, {})
  expect(flows.generatorW).toBe(0)
})
