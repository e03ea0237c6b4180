import { readFileSync, writeFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { readPeriod } from '../../reports/period.ts'
import type { LockState } from '../../savings/claim.ts'
import { dayNumber, readDaily } from '../../savings/daily-file.ts'
import type { DaySpan, LoadVariable, NonRoutineEvent, SavingsOption } from '../../savings/days.ts'
import { savingsProof } from '../../savings/proof.ts'
import { savingsText } from '../../savings/text.ts'
import { SAVINGS_LANGUAGES, type SavingsLanguage } from '../../savings/words.ts'
import { addText, configOf, CONFIG_OPTION } from '../arguments.ts'
import { printable } from '../columns.ts'
import { messageOf } from '../ending.ts'
import { rowsKept, type PagesAsked } from './history.ts'

interface SavingsArguments extends PagesAsked {
  config: string
  /** Absent: what the daemon keeps. */
  data?: string
  baseline: string
  report: string
  option: SavingsOption
  load?: LoadVariable
  event?: string[]
  lock?: string
  json?: boolean
  language: SavingsLanguage
}

const DAY_MS = 86_400_000

export function addSavings(coldaisle: Command): void {
  coldaisle
    .command('savings')
    .description('energy that a measure has avoided, against a baseline brought to the weather and load behind it')
    .option(...CONFIG_OPTION)
    .option(
      '--data <file>',
      'CSV instead of what the daemon keeps, a line a day: day, facility_kwh, it_kwh, cooling_kwh, dry_bulb_c, wet_bulb_c, inlet_c, load',
    )
    .option('--boundary <name>', 'of the daemon; absent: that of `disclosure`')
    .option('--meters <point...>', 'of the daemon: the cooling meters of option B')
    .requiredOption('--baseline <period>', 'before the measure: 2025, 2025-Q3, 2025-10, or 2025-03-01/2026-02-28')
    .requiredOption('--report <period>', 'behind it, in the same forms')
    .addOption(
      new Option('--option <name>', 'of IPMVP: C the whole site, B the cooling meters')
        .choices(['B', 'C'])
        .default('C'),
    )
    .addOption(
      new Option('--load <name>', 'what stands for the load; absent: load, else IT where inlets did not move').choices([
        'load',
        'it',
        'none',
      ]),
    )
    .option(
      '--event <days=what>',
      'non-routine, such as 2026-03-02/2026-03-05=chiller work; may be given again',
      addText,
    )
    .option('--lock <file>', 'keeps the digest of the baseline, or holds it against the one kept there')
    .option('--json', 'print JSON')
    .addOption(new Option('--language <name>', 'of the text').choices(SAVINGS_LANGUAGES).default('en'))
    .action(async (options: SavingsArguments) => {
      process.stdout.write(await runSavings(options, Date.now()))
    })
}

async function runSavings(
  { data: file, lock, json, language, ...options }: SavingsArguments,
  nowMs: number,
): Promise<string> {
  const [baseline, report] = [spanOf(options.baseline), spanOf(options.report)]
  if (baseline.end > report.first) throw new BadInput('the baseline ends before the report begins')
  const { option, load, event = [] } = options
  const question = { option, baseline, report, load, events: event.map(eventOf) }
  const endMs = report.end * DAY_MS
  const rows =
    file === undefined
      ? await rowsKept(configOf(options.config), [baseline, report], options)
      : readDaily(textOf(file), file)
  const proof = savingsProof(rows, question, (digest) =>
    lock === undefined ? 'not locked' : lockState(lock, digest, { nowMs, endMs }),
  )
  return json === true ? `${JSON.stringify(proof, null, 2)}\n` : printableText(savingsText(proof, language))
}

/** Names of files and events come from outside. */
function printableText(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

function spanOf(text: string): DaySpan {
  const [from = '', to = from, more] = text.split('/')
  if (more !== undefined) throw new BadInput(`${text} is no period: write 2025 or 2025-03-01/2026-02-28`)
  const [first, last] = [readPeriod(from, 'Etc/UTC'), readPeriod(to, 'Etc/UTC')]
  if (last.endMs <= first.startMs) throw new BadInput(`${text} ends before it begins`)
  return { name: text, first: first.startMs / DAY_MS, end: last.endMs / DAY_MS }
}

function eventOf(text: string): NonRoutineEvent {
  const [days, what] = [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1).trim()]
  const [from = '', to = from] = days.split('/')
  const [first, last] = [dayNumber(from), dayNumber(to)]
  if (!text.includes('=') || what === '' || !(last >= first)) {
    throw new BadInput(`${text} is no event: write 2026-03-02/2026-03-05=what happened`)
  }
  return { name: days, what, first, end: last + 1 }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BadInput(`${file}: cannot be read (${messageOf(error)})`)
  }
}

/**
 * A file that is not there yet is written, with the time by the clock of this machine. One that is there holds the
 * digest that the baseline must have.
 */
function lockState(file: string, digest: string, { nowMs, endMs }: { nowMs: number; endMs: number }): LockState {
  const lock = readLock(file) ?? { baseline: digest, lockedAtByMachine: new Date(nowMs).toISOString() }
  if (lock.baseline !== digest) return 'differs'
  const isInTime = Date.parse(lock.lockedAtByMachine) < endMs
  try {
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`, { flag: 'wx', mode: 0o640 })
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (!isThere) throw new BadInput(`${file}: cannot be written (${messageOf(error)})`)
  }
  return isInTime ? 'locked' : 'locked too late'
}

function readLock(file: string): { baseline: string; lockedAtByMachine: string } | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new BadInput(`${file}: cannot be read (${messageOf(error)})`)
  }
  const fault = () => new BadInput(`${file} is no lock of a baseline: name another file`)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw fault()
  }
  if (typeof parsed !== 'object' || parsed === null || !('baseline' in parsed) || !('lockedAtByMachine' in parsed)) {
    throw fault()
  }
  const { baseline, lockedAtByMachine } = parsed
  if (typeof baseline !== 'string' || typeof lockedAtByMachine !== 'string') throw fault()
  if (Number.isNaN(Date.parse(lockedAtByMachine))) throw fault()
  return { baseline, lockedAtByMachine }
}
