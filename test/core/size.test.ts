/** What `check` says of memory is what a core takes after more than a day. */
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { NOWHERE } from '../../src/core/contract/sink.ts'
import { advance, apply, notePacket } from '../../src/core/core.ts'
import { coreBytes } from '../../src/core/size.ts'
import { createCore, type Core } from '../../src/core/state.ts'
import { createRandom } from '../../simulators/random.ts'
import { siteOf } from '../scenarios/scenario.ts'

const INLETS = 400
const MINUTES = 27 * 60

const { plan, points } = siteOf(`
site: { id: dc, timezone: UTC }
mqtt: { url: mqtt://127.0.0.1:1883 }
points:
  r{001..${INLETS}}-t: { topic: 't/{001..${INLETS}}', unit: °C, everyS: 60, role: inlet }
  r{001..${INLETS}}-rh: { topic: 'rh/{001..${INLETS}}', unit: '%', everyS: 60, role: inlet }
inlets:
  r{001..${INLETS}}: { dryBulb: 'r{001..${INLETS}}-t', humidity: 'r{001..${INLETS}}-rh', hall: h }
`)

async function usedBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let n = 0; n < 5; n++) {
    collect()
    await setTimeout(20)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Folds so many minutes of air that changes as in a hall; returns the core. */
function played(core: Core, minutes: number): Core {
  const random = createRandom(12)
  const level = points.map((name) => (name.endsWith('-t') ? 20 + 6 * random.next() : 45 + 5 * random.next()))
  for (let n = 0; n < minutes; n++) {
    const nowMs = Date.UTC(2026, 2, 2) + n * 60_000
    advance(core, nowMs)
    for (const [point, middle] of level.entries()) {
      notePacket(core, nowMs)
      const value = middle + Math.sin(n / 200) + random.next() - 0.5
      apply(core, point, nowMs - ((point * 149) % 50_000), Math.round(10 * value) / 10, nowMs)
    }
  }
  return core
}

test('the bytes of a core are told within 20 %', async () => {
  played(createCore(plan, NOWHERE), 120) // what V8 compiles is there before
  const before = await usedBytes()
  const core = createCore(plan, NOWHERE)
  const told = coreBytes(core)
  played(core, MINUTES)
  const taken = (await usedBytes()) - before
  expect(core.hasClosed).toBe(true)
  expect(told / taken).toBeGreaterThan(0.8)
  expect(told / taken).toBeLessThan(1.2)
})
