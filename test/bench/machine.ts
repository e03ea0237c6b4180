/** The machine, and what its processes have used so far. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { programPath, type Program } from '../servers/servers.ts'

export interface Machine {
  cpu: string
  cores: number
  memoryGb: number
  node: string
  mosquitto: string
  influxd: string
  /** Over the minute before the bench began. */
  load: number
}

export function machineOf(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    mosquitto: versionOf('mosquitto', ['-h']),
    influxd: versionOf('influxd', ['version']),
    load: Number((loadavg()[0] ?? NaN).toFixed(2)),
  }
}

/** User and system time in /proc/PID/stat, in hundredths of a second. */
const [USER_TIME, SYSTEM_TIME] = [11, 12]

/** CPU time of a process, all of its threads, ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return 10 * (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME]))
}

/** Memory of a process that lies in RAM, bytes: now, or at most so far. */
export function memoryBytes(pid: number, of: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`^${of}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return 1024 * Number(found?.[1] ?? NaN)
}

function versionOf(program: Program, args: readonly string[]): string {
  const path = programPath(program)
  if (path === undefined) return 'absent'
  try {
    return versionIn(execFileSync(path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch (error) {
    // mosquitto ends its help with code 3.
    return versionIn(typeof error === 'object' && error !== null && 'stdout' in error ? String(error.stdout) : '')
  }
}

function versionIn(text: string): string {
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'unknown'
}
