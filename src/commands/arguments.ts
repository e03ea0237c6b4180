import { accessSync, constants } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { BadInput } from '../config/bad-input.ts'
import { formatFault, readConfig, type AlsoCheck, type Config } from '../config/config.ts'
import { fileDrafts, looseSecrets } from '../config/files/named-files.ts'
import { parseInstant } from '../ingest/times.ts'
import { createSite, type Site } from '../site/site.ts'
import { messageOf } from './ending.ts'

/** The configuration of a command that names none. */
const USUAL_CONFIG = process.env['COLDAISLE_CONFIG'] || './site.yaml'

/** The option of nearly every command: flags, description and what counts without it. */
export const CONFIG_OPTION = ['--config <file>', 'the site; else what COLDAISLE_CONFIG names', USUAL_CONFIG] as const

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** The checked configuration of a file. Throws `BadInput` with every fault and its place; `alsoCheck` finds more. */
export function configOf(file: string, alsoCheck?: AlsoCheck): Config {
  const read = readConfig(file, process.env, alsoCheck)
  if ('config' in read) return read.config
  const { faults } = read
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
  throw new BadInput(`${faults.map(formatFault).join('\n')}\n${count}`)
}

/**
 * Also checks the files that the configuration names, for who opens them. What is no fault, but better mended, is put
 * into `warnings`.
 */
export function withFiles(warnings: string[]): AlsoCheck {
  return (readable, folder) => {
    warnings.push(...looseSecrets(readable, folder))
    return fileDrafts(readable, folder, Date.now())
  }
}

export function siteOf(file: string): Site {
  return createSite(configOf(file))
}

/** Throws `BadInput` for the first recording that cannot be read; `-` is standard input. */
export function assertReadable(recordings: readonly string[]): void {
  for (const recording of recordings) {
    if (recording === '-') continue
    try {
      accessSync(recording, constants.R_OK)
    } catch (error) {
      throw new BadInput(`${recording}: cannot be read (${messageOf(error)})`)
    }
  }
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Write a whole number, such as 8.')
  return Number(text)
}

export function portNumber(text: string): number {
  const port = wholeNumber(text)
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('Write a port from 1 to 65535.')
  return port
}

export function notNegative(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !(number >= 0 && number < Infinity))
    throw new InvalidArgumentError('Write a number that is 0 or more.')
  return number
}

export function positive(text: string): number {
  const number = notNegative(text)
  if (number === 0) throw new InvalidArgumentError('Write a number above 0.')
  return number
}

/** Epoch ms. */
export function instant(text: string): number {
  const tMs = parseInstant(text)
  if (Number.isNaN(tMs)) throw new InvalidArgumentError('Write a time with its offset, such as 2026-03-02T00:00Z.')
  return tMs
}

/** A length of time with its unit, ms: 20s, 30m, 2h, 1d. */
export function lengthOfTime(text: string): number {
  return lengthWith(text, '')
}

/** The same, and a number alone in the unit of an option that had no other: of `s`, 90 is 90 s. Returns ms. */
export function lengthIn(unit: 's' | 'h'): (text: string) => number {
  return (text) => lengthWith(text, unit)
}

function lengthWith(text: string, usual: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6}(?:\.\d{1,6})?)([a-z]*)$/.exec(text.trim()) ?? []
  const ms = Number(number) * (UNIT_MS[unit === '' ? usual : unit] ?? NaN)
  if (ms > 0) return ms
  const alone = usual === '' ? '' : `, or a number of ${usual === 's' ? 'seconds' : 'hours'}`
  throw new InvalidArgumentError(`Write a length of time, such as 20s, 30m, 2h or 1d${alone}.`)
}

/** For an option that may be given again: its texts in order. */
export function addText(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}
