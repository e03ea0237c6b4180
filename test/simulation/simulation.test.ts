/**
 * The daemon's intake, fold, store and drain in a simulated world: a broker that cuts, a database that answers late,
 * wrongly or not at all, and a crash between any two things that happen. What is left is what one undisturbed fold
 * gives. The same world finds faults that are planted in the daemon's source.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { seedCount } from '../seeds.ts'
import { PLANTS } from './plants.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const SEEDS = seedCount('simulated lives')
/** Seeds of one process. */
const PART = 50
/** Seeds that are tried for a planted fault: once the daemon has changed, another may be the first. */
const FOUND_BY = 60

interface Found {
  seed: number
  lives: number
  steps: number
  faults: string[]
}

async function simulate(from: number, to: number, until: 'all' | 'first', plant = ''): Promise<Found[]> {
  const args = ['--import', `${HERE}hooks.ts`, `${HERE}main.ts`, String(from), String(to), until]
  const child = spawn(process.execPath, args, { env: { ...process.env, PLANT: plant }, stdio: 'pipe' })
  let [out, err] = ['', '']
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (err += text.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the simulation ended with ${code}: ${err}`)
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Found)
}

describe('lives and crashes leave what one undisturbed fold gives', () => {
  for (let from = 1; from <= SEEDS; from += PART) {
    const to = Math.min(SEEDS, from + PART - 1)
    test(`seeds ${from} to ${to}`, { timeout: 600_000 }, async () => {
      const found = await simulate(from, to, 'all')
      expect(found.filter(({ faults }) => faults.length > 0)).toEqual([])
      expect(found).toHaveLength(to - from + 1)
    })
  }
})

test('a seed is the same run each time', { timeout: 60_000 }, async () => {
  expect(await simulate(7, 7, 'all')).toEqual(await simulate(7, 7, 'all'))
})

describe('a planted fault is found', () => {
  test.each(PLANTS)('$name', { timeout: 300_000 }, async ({ name, seed = 1 }) => {
    const found = await simulate(seed, seed + FOUND_BY, 'first', name)
    expect(found.at(-1)?.faults.length).toBeGreaterThan(0)
  })
})
