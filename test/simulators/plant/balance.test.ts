import { expect, test } from 'vitest'
import { heldBy, residualsOf, type Residuals } from '../../../simulators/plant/balance.ts'
import { createFlows, type Flows } from '../../../simulators/plant/flows.ts'
import { KINDS, plantOf } from '../../../simulators/plant/kinds.ts'
import { runPlant } from '../../../simulators/plant/year.ts'
import { MONDAY_MS, SEA_PA, small, swinging, VARIANTS, variant, walk } from './stretches.ts'

/** The largest residual as a share of what went through. */
function worst({ electricW, energyW, airKgS, vapourKgS, waterKgS, throughW, throughKgS }: Residuals): number {
  const shares = [electricW / throughW, energyW / throughW, airKgS / throughKgS, vapourKgS / throughKgS]
  return Math.max(...[...shares, waterKgS / throughKgS].map(Math.abs))
}

const PLANTS = [
  ...KINDS.map((kind) => [kind, () => small(kind)] as const),
  ...VARIANTS.map((name) => [name, () => variant(name)] as const),
]

test.for(PLANTS)('the books of a plant close in every step, through frost, heat and a power cut: %s', ([, make]) => {
  const { spec, state, flows, go } = walk(make())
  let before = heldBy(spec, state)
  let most = 0
  const seen = () => {
    const after = heldBy(spec, state)
    if (flows.itW > 0) most = Math.max(most, worst(residualsOf(flows, before, after)))
    before = after
  }
  go(7 * 1440, { air: swinging }, seen)
  go(30, { air: swinging, health: { utility: 0 } }, seen)
  go(60, { air: swinging, health: { water: 0, fans: 0.6 } }, seen)
  go(60, { air: swinging, health: { compressors: 0.4, pumps: 0.5 } }, seen)
  go(30, { air: swinging, health: { fans: 0 } }, seen)
  go(600, { air: swinging, load: 1.3 }, seen)
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(1e-6)
  expect(state.halls[0]?.airC).toBeLessThan(60)
})

test('and over a year, in an hour of every day', () => {
  const halls = ['a', 'b'].map((name) => ({ name, racks: [1, 2, 3].map((n) => ({ name: `${n}`, ratedW: 9_000 })) }))
  const spec = plantOf('adiabatic', { halls, pressurePa: SEA_PA, seed: 4 })
  const run = runPlant(spec, { fromMs: MONDAY_MS, hours: 8_760, offsetMs: 0, outside: swinging })
  expect(worst(run.residuals)).toBeLessThan(1e-6)
  const total = run.hours.reduce((sum, { sums }) => sum + sums.utilityW, 0)
  expect(Math.abs(total - run.sums.utilityW) / total).toBeLessThan(1e-12)
})

const ELECTRIC: (keyof Flows)[] = [
  'itW',
  'pduW',
  'upsW',
  'chargeLossW',
  'transformerW',
  'heaterW',
  'fansW',
  'pumpsW',
  'compressorsW',
  'rejectionW',
  'humidifierW',
  'auxiliaryW',
]
const HEAT: (keyof Flows)[] = ['rejectedW', 'airOutW', 'wallsW', 'besideW', 'fuelW']
const WATER: (keyof Flows)[] = ['padKgS', 'towerKgS', 'driftKgS', 'bleedKgS', 'humidifierKgS']

test('a component that is left out of the books breaks them', () => {
  const broken = new Set<string>()
  for (const kind of KINDS) {
    const { spec, state, flows, go } = walk(small(kind))
    let before = heldBy(spec, state)
    const seen = () => {
      const after = heldBy(spec, state)
      for (const name of [...ELECTRIC, ...HEAT, ...WATER]) {
        if (broken.has(name) || flows[name] === 0) continue
        const left = residualsOf({ ...createFlows(), ...flows, [name]: 0 }, before, after)
        if (worst(left) > 1e-6) broken.add(name)
      }
      before = after
    }
    go(8 * 1440, { air: swinging }, seen)
    // A power cut, after which the batteries are charged.
    go(20, { air: swinging, health: { utility: 0 } }, seen)
    go(20, { air: swinging }, seen)
  }
  expect([...ELECTRIC, ...HEAT, ...WATER].filter((name) => !broken.has(name))).toEqual([])
})
