import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runOwn } from '../own.ts'
import { mainOf } from '../passage.ts'
import type { Question, Tree } from '../question.ts'
import { exampleSite } from '../sites.ts'
import { exampleStream } from '../streams.ts'

export interface Took {
  wallMs: number
  cpuMs: number
}

const AT_EXIT = fileURLToPath(new URL('../own/cpu-at-exit.ts', import.meta.url))
const LIMIT_MS = 240_000
const shell = promisify(execFile)

export const replay: Question = {
  name: 'replay',
  asks: 'lines per second of `coldaisle replay` on the example’s recording, rows to /dev/null; its start-up is told apart',
  floor: 'reading the file and both JSON.parse of each line',
  needs: [],
  limitS: { quick: 30, usual: 40, full: 600 },
  async measure({ tree, size, folder }) {
    const stream = exampleStream(folder, { quick: 1, usual: 3, full: 24 }[size])
    const config = join(folder, 'replay.json')
    const single = join(folder, 'single.ndjson')
    writeFileSync(config, JSON.stringify(exampleSite()))
    writeFileSync(single, `${readFileSync(stream.file, 'utf8').split('\n', 1)[0]}\n`)
    const floor = await runOwn<Took & { lines: number }>('read', [stream.file])
    const start = await replayOnce(tree, config, single)
    const whole = await replayOnce(tree, config, stream.file)
    const perS = (ms: number): number => (stream.messages * 1000) / ms
    const target = { of: 'ratio' as const, atLeast: 0.35 }
    return [
      {
        line: 'lines, start-up left out',
        unit: '/s',
        measured: perS(whole.wallMs - start.wallMs),
        floor: perS(floor.wallMs),
        target,
      },
      { line: 'lines, the whole command', unit: '/s', measured: perS(whole.wallMs), floor: perS(floor.wallMs) },
      {
        line: 'lines per second of CPU time',
        unit: '/s',
        measured: perS(whole.cpuMs - start.cpuMs),
        floor: perS(floor.cpuMs),
      },
      { line: 'start-up', unit: 'ms', measured: start.wallMs },
    ]
  },
}

/** Runs the command with its rows into /dev/null; /bin/sh stands between, so that stdout is a file. */
export async function replayOnce(tree: Tree, config: string, recording: string): Promise<Took> {
  const took = join(`${config}.cpu`)
  const args = [process.execPath, '--import', AT_EXIT, mainOf(tree), 'replay', '--config', config, recording]
  await shell('/bin/sh', ['-c', 'exec "$@" > /dev/null 2>&1', 'sh', ...args], {
    timeout: LIMIT_MS,
    env: { ...process.env, COLDAISLE_BENCH_CPU: took },
  })
  const result = JSON.parse(readFileSync(took, 'utf8')) as Took
  rmSync(took)
  return result
}
