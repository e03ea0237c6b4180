import { existsSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { formatFault, parseConfig } from '../../config/config.ts'
import { printable } from '../columns.ts'
import { CONFIG_OPTION } from '../arguments.ts'
import { messageOf } from '../ending.ts'
import { QUESTIONS, type SiteAnswers } from './questions.ts'
import { newSiteText } from './site-text.ts'

type InitOptions = Partial<SiteAnswers> & { config: string; yes?: true }

/** Gives the next line; undefined once there is none. */
type NextLine = () => Promise<string | undefined>

const SCHEMA = fileURLToPath(import.meta.resolve('coldaisle/config/schema.json'))

export function addInit(coldaisle: Command): void {
  const [configFlags, , usual] = CONFIG_OPTION
  const command = coldaisle
    .command('init')
    .description('ask ten questions and write the configuration of a new site; never overwrites')
    .requiredOption(configFlags, 'the file to write', usual)
    .option('--yes', 'ask nothing: what no option says is as usual')
  for (const { key, description } of QUESTIONS) command.option(`--${key} <text>`, description)
  command.action(init)
}

async function init({ config: file, yes, ...given }: InitOptions): Promise<void> {
  assertFree(file)
  const answers = await askAll(given, yes === true)
  const text = newSiteText(answers, SCHEMA)
  const read = parseConfig(text, { file: resolve(file), env: process.env })
  if ('faults' in read) {
    throw new BadInput(
      `${read.faults.map(formatFault).join('\n')}\nnothing was written: these answers make no sound site`,
    )
  }
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new BadInput(`${file} cannot be written: ${messageOf(error)}`, { cause: error })
  }
  const run = `coldaisle run --config ${file}`
  // The embedded broker is heard only once the daemon runs.
  const next = answers.broker === 'embedded' ? run : `coldaisle check --config ${file} --live 60, then ${run}`
  process.stderr.write(`${file} is written. Now: ${next}\n`)
}

function assertFree(file: string): void {
  if (existsSync(file)) throw new BadInput(`${file} is there already: name another file with --config, or move it away`)
  const folder = dirname(file)
  if (!existsSync(folder)) throw new BadInput(`there is no folder ${folder}: make it first`)
}

/** From options, else from the terminal or a pipe: a line for each question that is left, an empty one as usual. */
async function askAll(given: Partial<SiteAnswers>, isSilent: boolean): Promise<SiteAnswers> {
  const answers: Partial<SiteAnswers> = {}
  const lines = isSilent ? undefined : openLines()
  try {
    for (const question of QUESTIONS) {
      const { key, usual, fault, isIdle } = question
      if (isIdle?.(answers) === true) {
        answers[key] = ''
        continue
      }
      const told = given[key]
      const found = told === undefined ? undefined : fault(told)
      if (found !== undefined) throw new BadInput(`--${key}: ${withHint(found)}`)
      answers[key] = told ?? (lines === undefined ? usual(answers) : await askOne(question, answers, lines))
    }
  } finally {
    lines?.close()
  }
  return answers as SiteAnswers
}

async function askOne(
  { text, usual, fault, key }: (typeof QUESTIONS)[number],
  answers: Partial<SiteAnswers>,
  { next, isTerminal }: ReturnType<typeof openLines>,
): Promise<string> {
  const usually = usual(answers)
  for (;;) {
    if (isTerminal) process.stderr.write(`${text}${usually === '' ? '' : ` [${printable(usually)}]`}: `)
    const line = await next()
    if (line === undefined && isTerminal) throw new BadInput('\nnothing was written')
    const answer = line?.trim() || usually
    const found = fault(answer)
    if (found === undefined) return answer
    if (!isTerminal) throw new BadInput(`${key}: ${withHint(found)}`)
    process.stderr.write(`  ${withHint(found)}\n`)
  }
}

function withHint({ reason, hint }: { reason: string; hint?: string }): string {
  return printable(hint === undefined ? reason : `${reason}: ${hint}`)
}

/** Lines of standard input. On a terminal Ctrl-C and Ctrl-D end them. */
function openLines(): { next: NextLine; isTerminal: boolean; close: () => void } {
  const isTerminal = process.stdin.isTTY
  const reader = createInterface({
    input: process.stdin,
    ...(isTerminal && { output: process.stderr }),
    terminal: isTerminal,
  })
  reader.on('SIGINT', () => reader.close())
  const lines = reader[Symbol.asyncIterator]()
  return {
    isTerminal,
    close: () => reader.close(),
    next: async () => {
      const { done, value } = await lines.next()
      return done === true ? undefined : value
    },
  }
}
