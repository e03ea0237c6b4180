/** `coldaisle recompute` as it is used: with a broker that queues, a daemon that was stopped, and kills at any moment. */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import { createRandom } from '../../simulators/random.ts'
import { startDaemon, subscribed, until, type TestDaemon } from '../servers/daemon.ts'
import { differences, type Rows } from '../daemon/crash-rows.ts'
import { createPlace, numbersOf, packetsOf } from './stage.ts'
import { siteOf } from '../scenarios/scenario.ts'
import { needs, startMosquitto, type Server } from '../servers/servers.ts'

vi.setConfig({ testTimeout: 240_000 })

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** 0:00 of the tables: yesterday, so that nothing is too old for the store. */
const BASE_MS = (Math.floor(Date.now() / 86_400_000) - 1) * 86_400_000

const SITE = {
  site: { id: 's', timezone: 'Europe/Paris' },
  core: { latenessS: 600, backlogS: 0, windows: ['5m', '1h', '24h', 'day'] },
  points: {
    main: { topic: 's/main', unit: 'kW', everyS: 60 },
    ups: { topic: 's/ups', unit: 'kWh', register: { rolloverAt: 10_000 }, everyS: 60, maxKw: 100 },
    rack: { topic: 's/rack', unit: 'kW', everyS: 60 },
  },
  boundaries: { s: { facility: ['main'], it: ['ups', 'rack'] } },
}

const STEADY = '0:00 to 5:00 every 60 s  main 200~30  ups 500+70/h'
const LATE = `${STEADY}
  0:00 to 1:00 every 60 s  rack 40~9
  1:01 to 2:00 every 60 s  rack 40~9  heard 4:00:01
  2:01 to 5:00 every 60 s  rack 40~9`
const IN_TIME = LATE.replace('heard 4:00:01', '')

describe.skipIf(!needs('mosquitto', 'mosquitto_sub'))('with a broker', () => {
  let broker: Server
  let daemon: TestDaemon
  let folder: string
  let wanted: Rows
  const yaml = () => stringify({ ...SITE, mqtt: { url: broker.url, clientId: 'recompute' } })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coldaisle-recomputed-'))
    broker = await startMosquitto()
    daemon = await startDaemon(yaml())
    await using place = createPlace(undefined, BASE_MS)
    await place.play(yaml(), IN_TIME)
    wanted = numbersOf(await place.rows(6))
  })

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Publishes what a table says was heard between two times, in that order, with QoS 1. */
  async function publish(table: string, from: string, before: string): Promise<void> {
    const publisher = await connectPublisher(broker.url)
    const [fromMs, beforeMs] = [from, before].map((clock) => BASE_MS + Number(clock.split(':')[0]) * 3_600_000)
    for (const { nowMs, topic, payload } of packetsOf(siteOf(yaml()), table, BASE_MS)) {
      if (nowMs < (fromMs ?? 0) || nowMs >= (beforeMs ?? 0)) continue
      await publisher.publish(topic, payload.toString(), { qos: 1, retain: false })
    }
    await publisher.close()
  }

  /** Every reading has come in, once: a packet whose acknowledgement a stop cut off comes again, as a duplicate. */
  async function readingsFolded(count: number): Promise<void> {
    await until(`${count} readings are folded`, 60_000, async () => {
      const metrics = await daemon.metrics()
      const told = (outcome: string) => metrics.get(`coldaisle_readings_total{outcome="${outcome}"}`) ?? 0
      return told('accepted') + told('too_late') === count
    })
  }

  test('an hour without the daemon costs nothing, and an hour that came too late is brought in afterwards', async () => {
    const count = (before: number) =>
      packetsOf(siteOf(yaml()), LATE, BASE_MS).filter(({ nowMs }) => nowMs < BASE_MS + before * 3_600_000).length
    await subscribed(broker, 's')
    await publish(LATE, '0:00', '2:00')
    await readingsFolded(count(2))
    expect(recompute('--from', instant('0:00'))).toMatchObject({ status: 2, stdout: '' })
    expect(recompute('--from', instant('0:00')).stderr).toMatch(/in use by another process; stop the daemon first/)
    expect(await daemon.stop()).toBe(0)

    await publish(LATE, '2:00', '3:00') // an hour for which only the broker is there
    await daemon.start()
    await subscribed(broker, 's')
    await publish(LATE, '3:00', '6:00')
    await readingsFolded(count(6))
    const metrics = await daemon.metrics()
    expect(metrics.get('coldaisle_readings_total{outcome="too_late"}')).toBe(60)
    expect(metrics.get('coldaisle_readings_total{outcome="accepted"}')).toBe(count(6) - 60)
    expect(await daemon.stop()).toBe(0)
    const before = numbersOf(await rowsOf(daemon.storePath))
    const withoutLate = LATE.split('\n')
      .filter((line) => !line.includes('heard'))
      .join('\n')
    await using smooth = createPlace(undefined, BASE_MS)
    await smooth.play(yaml(), withoutLate)
    expect(differences(before, numbersOf(await smooth.rows(6)))).toEqual([]) // the hour without the daemon is there
    expect(differences(before, wanted)).not.toEqual([])
    cpSync(daemon.storePath, join(folder, 'before'), { recursive: true })

    const dry = recompute('--from', instant('0:30'), '--dry-run')
    expect(dry).toMatchObject({ status: 0, stderr: '' })
    expect(numbersOf(await rowsOf(daemon.storePath))).toEqual(before)
    const done = recompute('--from', instant('0:30'))
    expect(done.stdout).toBe(dry.stdout.replace('would be written again', 'written again'))
    expect(done.stdout).toMatch(/60 of them had come late\n[^]*\nrack +61 +0.000 +4\d\.\d{3} +\+4\d\.\d{3}\n/)
    expect(done.stdout).toMatch(/\nwindows of s \(rows\): 5m 65, 1h 120, .*\n[\d,]+ rows written again\n$/)
    expect(differences(numbersOf(await rowsOf(daemon.storePath)), wanted)).toEqual([])
    expect(recompute('--from', instant('0:30')).stdout).toMatch(/\nnothing changes\n$/)
    cpSync(daemon.storePath, join(folder, 'after'), { recursive: true })

    // It goes on from there
    await daemon.start()
    await subscribed(broker, 's')
    await publish(`5:01 to 7:00 every 60 s  main 200~30  ups 500+70/h  rack 40~9`, '5:00', '8:00')
    await readingsFolded(count(6) + 3 * 120)
    expect(await daemon.stop()).toBe(0)
    await using further = createPlace(undefined, BASE_MS)
    await further.play(yaml(), IN_TIME.replaceAll('5:00', '7:00'))
    expect(differences(numbersOf(await rowsOf(daemon.storePath)), numbersOf(await further.rows(8)))).toEqual([])
  })

  test('killed at any moment, a recompute has been or has not', async () => {
    const [before, after] = [await rowsOf(join(folder, 'before')), await rowsOf(join(folder, 'after'))]
    expect(differences(before, after)).not.toEqual([])
    const random = createRandom(7)
    const begunMs = performance.now()
    await recomputeCopy('whole', Infinity)
    const wholeMs = performance.now() - begunMs
    for (let n = 0; n < 6; n++) {
      const path = await recomputeCopy(String(n), wholeMs * (0.4 + (n + random.next()) / 10))
      const left = await rowsOf(path)
      expect([differences(left, before).length, differences(left, after).length]).toContain(0)
      const again = recomputeAt(path, '--from', instant('0:30'))
      expect(again.status).toBe(0)
      expect(differences(await rowsOf(path), after)).toEqual([])
    }
  })

  function instant(clock: string): string {
    const [hours = 0, minutes = 0] = clock.split(':').map(Number)
    return new Date(BASE_MS + (hours * 60 + minutes) * 60_000).toISOString()
  }

  function recompute(...args: string[]) {
    return recomputeAt(daemon.storePath, ...args)
  }

  function recomputeAt(path: string, ...args: string[]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [MAIN, 'recompute', '--config', configAt(path), ...args],
      { encoding: 'utf8' },
    )
    return { status, stdout, stderr }
  }

  /** Recomputes in a copy of the store of before, for so long. */
  async function recomputeCopy(name: string, killMs: number): Promise<string> {
    const path = join(folder, name)
    cpSync(join(folder, 'before'), path, { recursive: true })
    const args = ['recompute', '--config', configAt(path), '--from', instant('0:30')]
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await Promise.race([ended, sleep(Math.min(killMs, 60_000), undefined, { ref: false })])
    child.kill('SIGKILL')
    await ended
    return path
  }

  function configAt(path: string): string {
    const file = `${path}.yaml`
    writeFileSync(file, stringify({ ...SITE, mqtt: { url: broker.url }, store: { path } }))
    return file
  }

  async function rowsOf(path: string): Promise<Rows> {
    return await createPlace(path, BASE_MS).rows(8)
  }
})
