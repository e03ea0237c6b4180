/** Commands that read the store of a stopped daemon: where there is none they say so, and make none. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { openStore } from '../../src/store/store.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const SITE = `
site: { id: dc, timezone: UTC }
mqtt: { url: "mqtt://127.0.0.1:1" }
store: { path: data }
points:
  main: { topic: dc/main, unit: W, everyS: 10, role: facility }
  it: { topic: dc/it, unit: W, everyS: 10, role: it }
  t: { topic: dc/t, unit: °C, everyS: 10 }
boundaries: { dc: { facility: [main], it: [it] } }
inlets: { r1: { dryBulb: t, hall: h1 } }
`

const COMMANDS: [name: string, args: string[]][] = [
  ['alarms list', ['alarms', 'list']],
  ['alarms ack', ['alarms', 'ack', 'inlet_recommended', 'r1', '--by', 'ann']],
  ['journal', ['journal']],
  ['explain', ['explain', 'dc', '24h']],
  ['recompute', ['recompute', '--from', '2026-03-02T00:00Z']],
]

/** A site whose store lies in `path`, which is not made. */
function siteFolder(): { config: string; path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-no-store-'))
  folders.push(folder)
  writeFileSync(join(folder, 'site.yaml'), SITE)
  return { config: join(folder, 'site.yaml'), path: join(folder, 'data') }
}

function coldaisle(args: readonly string[], config: string): { status: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, [COLDAISLE, ...args, '--config', config], { encoding: 'utf8' })
  return { status: run.status, out: run.stdout, err: run.stderr }
}

test.each(COMMANDS)('%s on a folder that is not there makes none: exit code 2', (_, args) => {
  const { config, path } = siteFolder()
  expect(coldaisle(args, config)).toEqual({
    status: 2,
    out: '',
    err: `there is no store in ${path}: the daemon makes it when it first runs\n`,
  })
  expect(existsSync(path)).toBe(false)
})

test('an empty folder is left empty: exit code 2', () => {
  const { config, path } = siteFolder()
  mkdirSync(path)
  expect(coldaisle(['alarms', 'list'], config)).toEqual({
    status: 2,
    out: '',
    err: `there is no store in ${path}: the daemon makes it when it first runs\n`,
  })
  expect(readdirSync(path)).toEqual([])
})

test('a damaged database is left to the daemon: exit code 2', () => {
  const { config, path } = siteFolder()
  mkdirSync(path)
  writeFileSync(join(path, 'coldaisle.db'), 'no database at all '.repeat(1_000))
  const { status, out, err } = coldaisle(['alarms', 'list'], config)
  expect([status, out, err]).toEqual([2, '', expect.stringContaining('coldaisle.db is damaged')])
  expect(readdirSync(path)).toEqual(['coldaisle.db'])
  expect(readFileSync(join(path, 'coldaisle.db'), 'utf8')).toMatch(/^no database at all/)
})

test('the journal of a daemon that runs is not printed: exit code 2', async () => {
  const { config, path } = siteFolder()
  await using store = await openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
  expect(store.depth().journal).toBe(0)
  const { status, out, err } = coldaisle(['journal'], config)
  expect([status, out, err]).toEqual([2, '', expect.stringContaining('in use by another process; stop the daemon')])
})

test('a command goes by the broker while another process holds the store', async () => {
  const { config, path } = siteFolder()
  await using store = await openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
  expect(store.depth().journal).toBe(0)
  const { status, err } = coldaisle(['alarms', 'ack', 'inlet_recommended', 'r1', '--by', 'ann'], config)
  expect([status, err]).toEqual([2, expect.stringContaining('cannot connect to the broker at 127.0.0.1:1')])
})

test('a daemon that holds the store and does not answer is no error of ours: exit code 2', async () => {
  const { config, path } = siteFolder()
  writeFileSync(config, `${SITE}http: { listen: "127.0.0.1:1" }\n`)
  await using store = await openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: [] })
  expect(store.depth().journal).toBe(0)
  for (const args of [
    ['alarms', 'list'],
    ['explain', 'dc', '24h'],
  ]) {
    const { status, out, err } = coldaisle(args, config)
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain('the store is in use, but the daemon at http://127.0.0.1:1 does not answer')
  }
})
