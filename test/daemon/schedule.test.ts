/** The schedule on fake timers: what is due runs, what was missed is made up for once, what fails is tried again. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Log } from '../../src/health/log.ts'
import { createSchedule, openLastDone, type LastDone, type Schedule, type Task } from '../../src/daemon/schedule.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const BACKUP = '10 2 * * *'

let marks: Map<string, number>
let ran: string[]
let said: string[]
let open: Schedule[]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] })
  marks = new Map()
  ran = []
  said = []
  open = []
})

afterEach(async () => {
  vi.useRealTimers()
  for (const schedule of open) await schedule.stop(0)
})

test('a task runs at its time, in UTC, once', async () => {
  at('2026-03-29T00:00:00Z') // the night in which Europe skips 02:10
  await start(backup())
  await until('2026-03-29T02:09:59Z')
  expect(ran).toEqual([])
  await until('2026-03-31T02:30:00Z')
  expect(ran).toEqual(['backup 2026-03-29T02:10Z', 'backup 2026-03-30T02:10Z', 'backup 2026-03-31T02:10Z'])
})

test('a task that is new has missed nothing', async () => {
  at('2026-11-23T14:00:00Z')
  await start(backup())
  await until('2026-11-23T15:00:00Z')
  expect(ran).toEqual([])
  expect(marks.get('backup')).toBe(Date.parse('2026-11-23T14:00:00Z'))
})

const RESTARTS: [words: string, stopped: string, started: string, makeUp: boolean, expected: string[]][] = [
  ['down over its time', '2026-11-23T01:00:00Z', '2026-11-23T05:00:30Z', true, ['backup 2026-11-23T05:00Z']],
  ['down for nine nights', '2026-11-14T12:00:00Z', '2026-11-23T05:00:00Z', true, ['backup 2026-11-23T05:00Z']],
  ['down between two runs', '2026-11-23T02:30:00Z', '2026-11-23T23:00:00Z', true, []],
  ['down for two years', '2024-11-23T01:00:00Z', '2026-11-23T05:00:00Z', true, ['backup 2026-11-23T05:00Z']],
  ['back at the very minute', '2026-11-22T12:00:00Z', '2026-11-23T02:10:00Z', true, ['backup 2026-11-23T02:10Z']],
  ['down, for a task that is not made up for', '2026-11-14T12:00:00Z', '2026-11-23T05:00:00Z', false, []],
]

test.each(RESTARTS)('%s', async (_words, stopped, started, makeUp, expected) => {
  at(new Date(Date.parse(stopped) - 48 * HOUR_MS).toISOString())
  const before = await start(backup({ makeUp }))
  await until(stopped)
  await before.stop(1000)
  ran = []
  at(started)
  await start(backup({ makeUp }))
  await vi.advanceTimersByTimeAsync(30 * MINUTE_MS)
  expect(ran).toEqual(expected)
})

test('days and months count for what was missed', async () => {
  marks.set('backup', Date.parse('2026-11-02T12:00:00Z'))
  at('2026-11-23T12:00:00Z')
  await start(backup({ cron: '0 0 1 * *' }))
  expect(ran).toEqual([])
  marks.set('backup', Date.parse('2026-10-31T12:00:00Z'))
  await start(backup({ cron: '0 0 1 * *' }))
  expect(ran).toEqual(['backup 2026-11-23T12:00Z'])
})

test('a failed run is told once, tried again at growing distances, and told when it is done', async () => {
  at('2026-11-23T02:00:00Z')
  let broken = true
  await start(
    backup({
      run() {
        note('backup')
        if (broken) throw new Error('disk full', { cause: new Error('amqp://u:hunter2@host') })
      },
    }),
  )
  await until('2026-11-23T03:00:00Z')
  expect(ran.map((run) => run.slice(-6, -1))).toEqual(['02:10', '02:11', '02:13', '02:17', '02:25', '02:41'])
  expect(said).toEqual(['info schedule marks: kept', 'error task backup: failing'])
  expect(marks.get('backup')).toBe(Date.parse('2026-11-23T02:00:00Z'))
  broken = false
  await until('2026-11-23T06:00:00Z')
  expect(ran.slice(6).map((run) => run.slice(-6, -1))).toEqual(['03:13'])
  expect(said.slice(2)).toEqual(['info task backup: done, after 1 h 3 min failing'])
})

test('a failed run that is not made up for waits for its next time', async () => {
  at('2026-11-23T00:00:00Z')
  await start(backup({ cron: '0 * * * *', makeUp: false, run: () => Promise.reject(new Error(note('backup'))) }))
  await until('2026-11-23T02:30:00Z')
  expect(ran).toEqual(['backup 2026-11-23T01:00Z', 'backup 2026-11-23T02:00Z'])
})

test('a run that takes longer than its period is not started twice', async () => {
  at('2026-11-23T00:00:00Z')
  let ended = 0
  await start(
    backup({
      cron: '* * * * *',
      async run() {
        note('backup')
        await new Promise((done) => setTimeout(done, 3.5 * MINUTE_MS))
        ended++
      },
    }),
  )
  await until('2026-11-23T00:08:10Z')
  expect(ran.map((run) => run.slice(-6, -1))).toEqual(['00:01', '00:05'])
  expect(ended).toBe(1)
})

test('a run that is being made up for is not joined by the one that falls due', async () => {
  marks.set('backup', Date.parse('2026-11-23T00:30:00Z'))
  at('2026-11-23T01:59:00Z')
  const run = async () => {
    note('backup')
    await new Promise((done) => setTimeout(done, 2 * MINUTE_MS))
  }
  await start(backup({ cron: '0 * * * *', run }))
  await until('2026-11-23T02:00:30Z')
  expect(ran).toEqual(['backup 2026-11-23T01:59Z'])
  await until('2026-11-23T02:59:00Z') // the one of 02:00 was missed meanwhile
  expect(ran.slice(1)).toEqual(['backup 2026-11-23T02:01Z'])
})

test('a run made up for in the very second that it falls due is the only one', async () => {
  at('2026-11-23T02:08:59.700Z')
  const clock = () => Date.now() + 500 // the minute's look comes to 02:10 just before the timer does
  open.push(await createSchedule([backup()], { done, log, clock }))
  await until('2026-11-23T03:00:00Z')
  expect(ran).toHaveLength(1)
})

test('a run is told when the one before began', async () => {
  at('2026-11-23T00:00:00Z')
  const seen: string[] = []
  const run = (nowMs: number, lastMs: number) => void seen.push(`${new Date(lastMs).toISOString()} ${nowMs - lastMs}`)
  await start(backup({ cron: '0 * * * *', run }))
  await until('2026-11-23T02:00:01Z')
  expect(seen).toEqual([`2026-11-23T00:00:00.000Z ${HOUR_MS}`, `2026-11-23T01:00:00.000Z ${HOUR_MS}`])
})

test('a clock that was years ahead at boot stops nothing once it is right', async () => {
  at('2099-01-01T00:00:00Z')
  await start(backup(), backup({ name: 'purge', cron: '0 * * * *', makeUp: false }))
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS)
  vi.setSystemTime('2026-11-23T01:00:10Z')
  await until('2026-11-23T03:00:30Z')
  expect(ran).toEqual(['purge 2026-11-23T02:00Z', 'backup 2026-11-23T02:10Z', 'purge 2026-11-23T03:00Z'])
})

test('a clock that was decades behind at boot runs what is due, once and soon', async () => {
  at('1970-01-01T00:10:00Z')
  await start(backup(), backup({ name: 'purge', cron: '0 * * * *', makeUp: false }))
  vi.setSystemTime('2026-11-23T01:00:10Z')
  await until('2026-11-23T02:00:30Z')
  expect(ran).toEqual(['backup 2026-11-23T01:01Z', 'purge 2026-11-23T02:00Z'])
})

test('a stop waits for what runs, up to its deadline, and starts nothing more', async () => {
  at('2026-11-23T02:09:00Z')
  const slow = (ms: number) => async () => {
    await new Promise((done) => setTimeout(done, ms))
    note('done')
  }
  const schedule = await start(backup({ run: slow(3000) }), backup({ name: 'stuck', run: slow(HOUR_MS) }))
  await until('2026-11-23T02:10:01Z')
  const stopped = schedule.stop(5000)
  await vi.advanceTimersByTimeAsync(5000)
  expect(await stopped).toEqual(['stuck'])
  expect(ran).toEqual(['done 2026-11-23T02:10Z'])
  await vi.advanceTimersByTimeAsync(48 * HOUR_MS)
  expect(ran.length).toBe(2) // the stuck one ends by itself; nothing follows
})

test.each(['* * * *', '0 25 * * *', 'daily', '* * * * * *', ''])('%j is refused as a time', async (cron) => {
  await expect(start(backup({ cron }))).rejects.toThrow(/no time for backup: five fields/)
})

test('marks that cannot be kept are told once and stop nothing', async () => {
  at('2026-11-23T00:00:00Z')
  const done: LastDone = {
    get: () => Promise.reject(new Error('schedule.json cannot be read')),
    set: () => Promise.reject(new Error('schedule.json cannot be written')),
  }
  open.push(await createSchedule([backup({ cron: '0 * * * *' })], { done, log, clock: Date.now }))
  await until('2026-11-23T02:30:00Z')
  expect(ran.length).toBe(2)
  expect(said).toEqual(['error schedule marks: not kept', 'info task backup: done'])
})

test('marks outlive the program, and a damaged file is replaced', async () => {
  vi.useRealTimers()
  const folder = await mkdtemp(join(tmpdir(), 'coldaisle-schedule-'))
  try {
    const file = join(folder, 'made', 'schedule.json')
    const first = openLastDone(file)
    expect(await first.get('backup')).toBe(undefined)
    await Promise.all([first.set('backup', 1000), first.set('report', 2000), first.set('backup', 3000)])
    const second = openLastDone(file)
    expect([await second.get('backup'), await second.get('report'), await second.get('purge')]).toEqual([
      3000,
      2000,
      undefined,
    ])
    await writeFile(file, '{"backup":30')
    await expect(openLastDone(file).get('backup')).rejects.toThrow(/schedule.json cannot be read/)
    await openLastDone(file).set('report', 4000)
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ report: 4000 })
  } finally {
    await rm(folder, { recursive: true })
  }
})

const log: Log = {
  info: (_change, words) => void said.push(`info ${words}`),
  warn: (_change, words) => void said.push(`warn ${words}`),
  error: (_change, words) => void said.push(`error ${words}`),
}

/** Marks in memory: they outlive a schedule as the file does. */
const done: LastDone = {
  get: (name) => Promise.resolve(marks.get(name)),
  set: (name, tMs) => Promise.resolve(void marks.set(name, tMs)),
}

function backup(changes: Partial<Task> = {}): Task {
  const name = changes.name ?? 'backup'
  return { name, cron: BACKUP, makeUp: true, run: () => void note(name), ...changes }
}

function note(name: string): string {
  ran.push(`${name} ${new Date().toISOString().slice(0, 16)}Z`)
  return name
}

async function start(...tasks: Task[]): Promise<Schedule> {
  const schedule = await createSchedule(tasks, { done, log, clock: Date.now })
  open.push(schedule)
  await vi.advanceTimersByTimeAsync(0)
  return schedule
}

function at(time: string): void {
  vi.setSystemTime(time)
}

async function until(time: string): Promise<void> {
  await vi.advanceTimersByTimeAsync(Date.parse(time) - Date.now())
}
