/** What makes the commands easy to begin with: the usual configuration, examples, completion, recordings, the log. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { prettyLine } from '../../src/health/pretty.ts'
import { parseLine } from '../../src/ingest/recording.ts'
import { connectPublisher } from '../../src/mqtt/mqtt.ts'
import { needs, startMosquitto } from '../servers/servers.ts'

const COLDAISLE = fileURLToPath(new URL('../../src/coldaisle.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-hands-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SITE = 'site: { id: dc, timezone: UTC }\npoints: { p: { topic: dc/p, unit: kW } }\n'

function coldaisle(args: readonly string[], { cwd = folder, env = {} }: { cwd?: string; env?: object } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COLDAISLE, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, COLDAISLE_CONFIG: undefined, ...env },
  })
  return { status, out: stdout, err: stderr }
}

describe('the configuration that is not named', () => {
  test('is ./site.yaml, or what COLDAISLE_CONFIG names; --config wins', () => {
    const here = join(folder, 'here')
    mkdirSync(here)
    writeFileSync(join(here, 'site.yaml'), SITE)
    writeFileSync(join(folder, 'other.yaml'), SITE.replace('id: dc', 'id: other'))
    const siteOf = (args: string[], env = {}) => /^site +(\S+)$/m.exec(coldaisle(args, { cwd: here, env }).out)?.[1]
    expect(siteOf(['check'])).toBe('dc')
    expect(siteOf(['check'], { COLDAISLE_CONFIG: '../other.yaml' })).toBe('other')
    expect(siteOf(['check', '--config', 'site.yaml'], { COLDAISLE_CONFIG: '../other.yaml' })).toBe('dc')
  })

  test('is a fault that says how to name it', () => {
    const { status, err } = coldaisle(['check'])
    expect(status).toBe(2)
    expect(err).toMatch(/site\.yaml.*there is no such file\n.*--config FILE, or set COLDAISLE_CONFIG/)
  })
})

const COMMANDS = [...coldaisle(['--help']).out.matchAll(/^ {2}([a-z-]+) \[?/gm)].map(([, name = '']) => name)

test('every command is named', () => expect(COMMANDS.length).toBeGreaterThan(13))

test.each(COMMANDS.filter((name) => name !== 'help'))('coldaisle %s --help has two examples', (name) => {
  const examples = (args: string[]) =>
    (/\nExamples:\n([^]*)/.exec(coldaisle([...args, '--help']).out)?.[1] ?? '').trim().split('\n')
  expect(examples([name]).filter((line) => line.includes(`coldaisle ${name}`)).length).toBeGreaterThan(0)
  expect(examples([name])).toHaveLength(2)
})

describe('completion', () => {
  test('of bash offers commands, those below them, and options', () => {
    const script = coldaisle(['completion', 'bash']).out
    const offered = (...words: string[]) => {
      const line = `COMP_WORDS=(coldaisle ${words.join(' ')}); COMP_CWORD=${words.length}; _coldaisle; echo "\${COMPREPLY[@]}"`
      const { stdout } = spawnSync('bash', ['-c', `${script}\n${line}`], { encoding: 'utf8' })
      return stdout.trim().split(' ')
    }
    expect(offered("''")).toEqual(expect.arrayContaining(['check', 'replay', 'alarms', 'record']))
    expect(offered('re')).toEqual(expect.arrayContaining(['replay', 'record', 'recompute']))
    expect(offered('alarms', 's')).toEqual(['shelve'])
    expect(offered('check', '--l')).toEqual(['--live'])
    expect(offered('check', '--config', 'site.yaml', '--l')).toEqual(['--live'])
    expect(offered('simulate', '--scenario', 'b')).toEqual(['breach'])
    expect(offered('refused', '--outcome', 'o')).toEqual(['out_of_range', 'oversize', 'orphan'])
    expect(offered('explain', 'dc5', '2')).toEqual(['24h'])
    expect(offered('alarms', 'ack', 'inlet_a')).toEqual(['inlet_allowable'])
    expect(offered('alarms', 'ack', '--by', 'inlet_a')).toEqual([''])
    expect(offered('init', '--t')).toEqual(['--timezone'])
  })

  const shells = (process.env['PATH'] ?? '').split(delimiter)
  const has = (shell: string) => shells.some((path) => statSync(join(path, shell), { throwIfNoEntry: false }))
  test.each(['bash', 'zsh', 'fish'])('of %s names every command and can be read by it', (shell) => {
    const { status, out } = coldaisle(['completion', shell])
    expect(status).toBe(0)
    for (const name of COMMANDS.filter((it) => it !== 'help')) expect(out).toContain(name)
    if (!has(shell)) return
    const script = join(folder, `completion.${shell}`)
    writeFileSync(script, out)
    expect(spawnSync(shell, ['-n', script])).toMatchObject({ status: 0 })
  })

  test('of another shell is a fault', () => expect(coldaisle(['completion', 'tcsh']).status).toBe(2))
})

const mosquitto = needs('mosquitto')

describe.skipIf(!mosquitto)('record', () => {
  test('writes what the broker sends, bytes as well, and is read by replay', async () => {
    await using broker = await startMosquitto()
    const publisher = await connectPublisher(broker.url)
    const site = join(folder, 'record.yaml')
    const out = join(folder, 'out.ndjson')
    writeFileSync(site, `${SITE}mqtt: { url: "${broker.url}" }\n`)
    const args = ['record', '--config', site, '--for', '1m', '--out', out]
    const child = spawn(process.execPath, [COLDAISLE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    while (!(statSync(out, { throwIfNoEntry: false })?.size ?? 0)) {
      await publisher.publish('dc/p', '{"value":5}', { qos: 0, retain: false })
      await publisher.publish('dc/elsewhere', '6', { qos: 0, retain: false })
      await sleep(100)
    }
    await publisher.publish('dc/p', Buffer.from([0xff, 0x00]), { qos: 0, retain: false })
    await sleep(500)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    await publisher.close()
    const lines = readFileSync(out, 'utf8').trim().split('\n').map(parseLine)
    expect(lines[0]).toMatchObject({ topic: 'dc/p', payload: '{"value":5}' })
    expect(lines.at(-1)).toMatchObject({ topic: 'dc/p', payload: new Uint8Array([0xff, 0x00]) })
    expect(statSync(out).mode & 0o777).toBe(0o600)
    expect(coldaisle(['replay', '--config', site, out]).status).toBe(0)
    expect(coldaisle(args).err).toContain('EEXIST')
  })

  test('nothing heard is said, and a failure; so it is by check --live', async () => {
    await using broker = await startMosquitto()
    const site = join(folder, 'deaf.yaml')
    writeFileSync(site, `${SITE.replace('unit: kW', 'unit: kW, everyS: 3600')}mqtt: { url: "${broker.url}" }\n`)
    const { status, out } = coldaisle(['check', '--config', site, '--live', '1'])
    expect(out).toMatch(/nothing was heard/)
    expect(status).toBe(1)
  })
})

test.each([
  [
    { level: 'warn', msg: 'broker: lost', name: 'broker', state: 'lost', detail: { reason: 'no answer' } },
    'warn  broker: lost  reason=no answer',
  ],
  [{ level: 'info', msg: 'ready' }, 'info  ready'],
  [{ level: 'error', msg: 'a\u001b[2Jb', rows: 5 }, 'error a\\u{1b}[2Jb  rows=5'],
])('a line of the log for people: %j', (line, shown) => {
  const text = prettyLine(JSON.stringify({ ...line, time: '2026-03-02T10:00:00.000Z' }), { colors: false })
  expect(text).toMatch(/^\d\d:\d\d:\d\d /)
  expect(text.slice(9)).toBe(`${shown}\n`)
})
