/**
 * Runs seeds of the simulation and prints a line for each: `{ seed, lives, steps, faults }`. Started with
 * `--import ./hooks.ts`. Arguments: the first and the last seed; with `first` it ends at the first fault.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom, type Random } from '../../simulators/random.ts'
import type { Outside } from './life.ts'
import { takeOverTime } from './world.ts'

takeOverTime()
// Their modules take timers as they are loaded, so they come behind.
const { createBroker } = await import('./broker.ts')
const { createInflux } = await import('./influx.ts')
const { readingsOf } = await import('./day.ts')
const { begin } = await import('./life.ts')
const { faultsOf } = await import('./judge.ts')
const { parentPort } = await import('./threads.ts')
const { killInside, latencies, outside, pump, resetWorld, step, world } = await import('./world.ts')
await import('../../src/store/worker.ts')

type Life = Awaited<ReturnType<typeof begin>>

const DAY_MS = 3 * 60_000
/** A ghost of the last write has come by then, and what it overwrote was written once more. */
const CALM_MS = 45_000
const MOST_LIVES = 7
/** In memory where there is such a folder: what a disk takes its time for is not asked here. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

process.on('unhandledRejection', (error) => world.faults.push(error))
const [from = '1', to = '1', until = 'all'] = process.argv.slice(2)
for (let seed = Number(from); seed <= Number(to); seed++) {
  const found = await runSeed(seed)
  console.log(JSON.stringify({ seed, ...found }))
  if (until === 'first' && found.faults.length > 0) break
}
process.exit()

async function runSeed(seed: number): Promise<{ lives: number; steps: number; faults: string[] }> {
  resetWorld()
  const root = mkdtempSync(join(FOLDER, 'coldaisle-simulated-'))
  const random = createRandom(seed)
  latencies.ask = () => random.int(0, 12)
  latencies.answer = () => random.int(0, 6)
  latencies.breath = () => random.int(0, 3)
  const [broker, influx] = [createBroker(random), createInflux(random)]
  const around: Outside = { broker, influx, paged: [], chronicle: new Map(), isCut: false }
  const readings = readingsOf(random)
  for (const { atMs, message } of readings) outside(atMs, () => around.broker.publish(message))
  const lives = random.int(2, MOST_LIVES)
  let steps = 0
  let disk = join(root, 'disk-0')
  const faults: string[] = []
  try {
    for (let n = 1; n < lives; n++) {
      const starting = begin(disk, around)
      starting.then((life) => disturb(life, random)).catch((error: unknown) => world.faults.push(error))
      // Half of the crashes come while it starts or soon after, and a third of them where an entry is stored in part
      const last = random.chance(0.5) ? random.int(1, 120) : random.int(100, 2_500)
      const waitsForCut = random.chance(0.33)
      for (let count = 0; world.nowMs < DAY_MS; count++, steps++) {
        if (count >= last && (!waitsForCut || around.isCut)) break
        await step()
      }
      killInside()
      around.broker.cut()
      const next = join(root, `disk-${n}`)
      if (existsSync(disk)) cpSync(disk, next, { recursive: true }) // else it died before it had made its folder
      await letGo()
      rmSync(disk, { recursive: true, force: true })
      disk = next
    }
    const life = await pump(begin(disk, around))
    const quiet = disturb(life, random)
    while (world.nowMs < DAY_MS || around.broker.left() > 0) {
      await step()
      if (++steps > 200_000) throw new Error('the broker keeps messages that nobody takes')
    }
    around.influx.calm()
    const endMs = world.nowMs + CALM_MS
    while (world.nowMs < endMs || life.store.depth().rows > 0 || life.store.depth().notices > 0) {
      await step()
      if (++steps > 400_000) throw new Error('rows or notices stay in their queues')
    }
    quiet()
    await pump(life.stop())
    faults.push(
      ...(await pump(
        faultsOf(
          disk,
          around,
          readings.map(({ message }) => message),
        ),
      )),
    )
  } catch (error) {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    killInside()
    await letGo()
    rmSync(root, { recursive: true, force: true })
  }
  faults.push(...world.faults.map((error) => (error instanceof Error ? (error.stack ?? error.message) : String(error))))
  return { lives, steps, faults }
}

/** What else a daemon does now and then, until it is called off: it is reloaded, deletes what is old, packs its rows. */
function disturb({ intake, store }: Life, random: Random): () => void {
  let next: NodeJS.Timeout | undefined
  const again = () => {
    next = setTimeout(
      () => {
        const work = random.pick([
          () => intake.reload(intake.pipeline().site),
          () => store.purge(Date.now()),
          () => store.compact(Date.now()),
        ])
        Promise.resolve(work()).catch((error: unknown) => world.faults.push(error))
        again()
      },
      random.int(3_000, 40_000),
    )
  }
  again()
  return () => clearTimeout(next)
}

/** Has the store's thread of a daemon that was killed close its files, on a disk that nobody looks at any more. */
async function letGo(): Promise<void> {
  parentPort.emit('message', { id: 0, kind: 'close', body: null })
  for (let n = 0; n < 3; n++) await new Promise((resolve) => process.nextTick(resolve))
  killInside()
}
