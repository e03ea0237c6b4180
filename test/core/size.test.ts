/** What `check` says of memory is what a core takes: of air after more than a day, of meters after two hours. */
import { setTimeout } from 'node:timers/promises'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { NOWHERE } from '../../src/core/contract/sink.ts'
import { advance, apply, notePacket } from '../../src/core/core.ts'
import { coreBytes } from '../../src/core/size.ts'
import { createCore, type Core } from '../../src/core/state.ts'
import { createRandom } from '../../simulators/random.ts'
import type { Site } from '../../src/site/site.ts'
import { siteOf } from '../scenarios/scenario.ts'

const INLETS = 400
const MINUTES = 27 * 60

const AIR = siteOf(`
site: { id: dc, timezone: UTC }
mqtt: { url: mqtt://127.0.0.1:1883 }
points:
  r{001..${INLETS}}-t: { topic: 't/{001..${INLETS}}', unit: °C, everyS: 60, role: inlet }
  r{001..${INLETS}}-rh: { topic: 'rh/{001..${INLETS}}', unit: '%', everyS: 60, role: inlet }
inlets:
  r{001..${INLETS}}: { dryBulb: 'r{001..${INLETS}}-t', humidity: 'r{001..${INLETS}}-rh', hall: h }
`)

const METERS = 2_000

/** Meters of a site that has its year's windows: those are full from the first interval on. */
const metersOf = (everyS: number) =>
  siteOf(`
site: { id: dc, timezone: UTC }
mqtt: { url: mqtt://127.0.0.1:1883 }
points:
  m{0001..${METERS}}: { topic: 'm/{0001..${METERS}}', unit: kW, everyS: ${everyS} }
boundaries:
  dc: { facility: [m0001], it: [m0002] }
`)

/** What V8 compiles has spaces of its own, and is compiled again while a site is played. */
const OF_CODE = ['code_space', 'trusted_space']
const NOISE_BYTES = 10_000

/** What is left once nothing more falls away: V8's own threads hold what they are compiling, longer on a busy machine. */
async function usedBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let [least, sinceLess] = [Infinity, 0]
  while (sinceLess < 5) {
    collect()
    await setTimeout(20)
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const code = getHeapSpaceStatistics().filter((space) => OF_CODE.includes(space.space_name))
    const used = heapUsed + arrayBuffers - code.reduce((sum, space) => sum + space.space_used_size, 0)
    sinceLess = used < least - NOISE_BYTES ? 0 : sinceLess + 1
    least = Math.min(least, used)
  }
  return least
}

/** Folds so many minutes of readings that change as in a hall; returns the core. */
function played({ points }: Site, core: Core, minutes: number, everyS = 60): Core {
  const random = createRandom(12)
  const level = points.map((name) => (name.endsWith('-t') ? 20 + 6 * random.next() : 45 + 5 * random.next()))
  for (let n = 0; n < (minutes * 60) / everyS; n++) {
    const nowMs = Date.UTC(2026, 2, 2) + n * everyS * 1000
    advance(core, nowMs)
    for (const [point, middle] of level.entries()) {
      notePacket(core, nowMs)
      const value = middle + Math.sin(n / 200) + random.next() - 0.5
      apply(core, point, nowMs - ((point * 149) % (everyS * 800)), Math.round(10 * value) / 10, nowMs)
    }
  }
  return core
}

/** What is told of a site's core, divided by what it takes after so many minutes. */
async function toldOfTaken(site: Site, minutes: number, everyS = 60): Promise<number> {
  played(site, createCore(site.plan, NOWHERE), 30, everyS) // what V8 compiles is there before
  const before = await usedBytes()
  const core = createCore(site.plan, NOWHERE)
  const told = coreBytes(core, 'complete')
  played(site, core, minutes, everyS)
  const taken = (await usedBytes()) - before
  console.log(`told ${told}, taken ${taken}: ${(told / taken).toFixed(3)}`)
  expect(core.hasClosed).toBe(true)
  return told / taken
}

test('the bytes of a core with inlets are told within 20 %', async () => {
  const ratio = await toldOfTaken(AIR, MINUTES)
  expect(ratio).toBeGreaterThan(0.8)
  expect(ratio).toBeLessThan(1.2)
})

test.each([60, 30, 10])('those of a core with meters that report every %i s, too', async (everyS) => {
  const ratio = await toldOfTaken(metersOf(everyS), 120, everyS)
  expect(ratio).toBeGreaterThan(0.8)
  expect(ratio).toBeLessThan(1.2)
})

test('estimates that nothing but a gap brings are told apart', () => {
  const core = createCore(metersOf(60).plan, NOWHERE)
  expect(coreBytes(core, 'gaps')).toBeGreaterThan(coreBytes(core, 'complete'))
})
