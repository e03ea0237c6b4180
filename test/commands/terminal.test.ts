/** A terminal that is closed over a command that runs on: an ordered stop, and never a reload. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../servers/servers.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const DRIVER = fileURLToPath(new URL('../servers/terminal.py', import.meta.url))
const SIGHUP = 1
const SIGTERM = 15
const PYTHON = spawnSync('python3', ['-c', 'import pty']).status === 0
const why = PYTHON ? '' : ': skipped, there is no python3, which opens the terminal'

type Step = { wait: string; in?: string } | { signal: number } | { close: true }

/** Runs `coldaisle` on a terminal; `sh` is put in front of it, such as a redirection. Gives how it ended. */
async function onTerminal(
  args: readonly string[],
  steps: readonly Step[],
  { folder, redirect = '' }: { folder: string; redirect?: string },
): Promise<{ code: number; heard: string }> {
  const command = ['sh', '-c', `exec "$0" "$@" ${redirect}`, process.execPath, MAIN, ...args]
  const child = spawn('python3', [DRIVER, JSON.stringify(steps), ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (part) => (out += String(part)))
  child.stderr.on('data', (part) => (err += String(part)))
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(err)
  return JSON.parse(out) as { code: number; heard: string }
}

async function siteFolder(): Promise<{ folder: string; config: string; log: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-terminal-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const config = join(folder, 'site.yaml')
  writeFileSync(
    config,
    `site: { id: dc, timezone: UTC }
mqtt: { listen: "127.0.0.1:${await freePort()}" }
http: { listen: "127.0.0.1:${await freePort()}" }
points: { main: { topic: dc/main, unit: kW, everyS: 10 } }
`,
  )
  return { folder, config, log: join(folder, 'log') }
}

/** The log is JSON in a file, and for people on a terminal. */
const RUNNING = { wait: '"msg":"running"' }
const SHOWN_RUNNING = { wait: 'info  running' }

test.skipIf(!PYTHON)(
  `a daemon whose terminal is closed stops in order, with exit code 0${why}`,
  async () => {
    const { folder, config } = await siteFolder()
    const { code } = await onTerminal(['run', '--config', config], [SHOWN_RUNNING, { close: true }], { folder })
    expect(code).toBe(0)
  },
  180_000,
)

test.skipIf(!PYTHON)(
  `its log, where it lives on, says why it stopped and that it did${why}`,
  async () => {
    const { folder, config, log } = await siteFolder()
    const steps: Step[] = [{ ...RUNNING, in: log }, { close: true }]
    const { code } = await onTerminal(['run', '--config', config], steps, { folder, redirect: `2>"${log}"` })
    expect(code).toBe(0)
    expect(readFileSync(log, 'utf8')).toMatch(/"reason":"the terminal was closed","msg":"stopping"[^]*"msg":"stopped"/)
  },
  180_000,
)

test.skipIf(!PYTHON)(
  `SIGHUP on a terminal that is open reads the configuration again${why}`,
  async () => {
    const { folder, config } = await siteFolder()
    const steps: Step[] = [SHOWN_RUNNING, { signal: SIGHUP }, { wait: 'configuration reloaded' }, { signal: SIGTERM }]
    expect((await onTerminal(['run', '--config', config], steps, { folder })).code).toBe(0)
  },
  180_000,
)

test.skipIf(!PYTHON)(
  `a demo whose terminal is closed leaves nothing behind, with exit code 0${why}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coldaisle-terminal-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const steps: Step[] = [{ wait: 'live page' }, { close: true }]
    const { code } = await onTerminal(['demo', '--port', String(await freePort())], steps, { folder })
    expect([code, readdirSync(folder)]).toEqual([0, []])
  },
  180_000,
)
