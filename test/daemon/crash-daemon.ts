/** The daemon as a process of its own, that can be killed. */
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const READY_MS = 180_000
const STOP_MS = 40_000

/** A line of its log. */
export interface Line {
  level: string
  msg: string
  http?: number
  [fact: string]: unknown
}

export interface Child {
  lines(): Line[]
  /** Resolves at the line `running`. Rejects when it ends before. */
  running(): Promise<void>
  /** Resolves once it runs and packets come. */
  connected(): Promise<void>
  /** The counter or gauge of this name and label, as the daemon tells it now; NaN before it runs. */
  metric(name: string): Promise<number>
  signal(name: 'SIGHUP'): void
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGTERM. Rejects when it does not end well. */
  stop(): Promise<void>
}

export function startChild(file: string): Child {
  const child = spawn(process.execPath, [MAIN, 'run', '--config', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  void ended.then(() => process.off('exit', endWithUs))
  let text = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (part: string) => (text += part))
  const alive = () => child.exitCode === null && child.signalCode === null
  const lines = () =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .flatMap(lineOf)
  const portOf = () => lines().find(({ msg }) => msg === 'running')?.http

  return {
    lines,
    async running() {
      for (const untilMs = Date.now() + READY_MS; portOf() === undefined; await sleep(5)) {
        if (!alive()) throw new Error(`the daemon ended before it ran:\n${text}`)
        if (Date.now() > untilMs) throw new Error(`the daemon does not run after ${READY_MS} ms:\n${text}`)
      }
    },
    async connected() {
      await this.running()
      await until('packets come', () => lines().some(({ msg }) => msg.startsWith('broker: connected')))
    },
    async metric(name) {
      const port = portOf()
      if (port === undefined) return NaN
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
      const line = (await answer.text()).split('\n').find((one) => one.startsWith(`coldaisle_${name} `))
      return line === undefined ? NaN : Number(line.split(' ').at(-1))
    },
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.kill('SIGTERM')
      const code = await Promise.race([ended, sleep(STOP_MS, 'late' as const, { ref: false })])
      child.kill('SIGKILL')
      if (code === 'late') throw new Error(`the daemon did not stop within ${STOP_MS} ms:\n${text}`)
      if (code !== 0) throw new Error(`the daemon ended with ${code}:\n${text}`)
    },
  }
}

/** Waits until it is so; says what it waited for when it never is. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, limitMs = 45_000): Promise<void> {
  for (const untilMs = Date.now() + limitMs; !(await isSo()); await sleep(50)) {
    if (Date.now() > untilMs) throw new Error(`${what}: not after ${limitMs} ms`)
  }
}

/** Words that are no log (a stack) count as an error, so that they are seen. */
function lineOf(text: string): Line[] {
  if (text === '') return []
  return text.startsWith('{') ? [JSON.parse(text) as Line] : [{ level: 'error', msg: text }]
}
