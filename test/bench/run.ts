/**
 * `npm run bench`: what a reading costs, as ratios to a floor that is measured in the same run. See README.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { have } from '../servers/servers.ts'
import { answerOf } from './figures.ts'
import { machineOf } from './machine.ts'
import type { Figure, Missed, Question, Size, Tree } from './question.ts'
import { QUESTIONS } from './questions.ts'
import { askingText, headText, titleText, type Asking, type Report } from './report.ts'
import { otherTree, presentTree } from './trees.ts'

const { values } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    pairs: { type: 'string' },
    json: { type: 'string' },
    against: { type: 'string' },
  },
})
const size: Size = values.quick ? 'quick' : values.full ? 'full' : 'usual'
const pairs = wholeNumber(values.pairs ?? (values.quick ? '1' : '3'))
/** With the report as JSON on stdout, what people read goes to stderr. */
const say = values.json === '-' ? console.error : console.log

if (values.list) for (const { name, asks } of QUESTIONS) console.log(`${name.padEnd(10)}${asks}`)
else await askAll()

async function askAll(): Promise<void> {
  const questions = chosen(values.only)
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-bench-'))
  // Servers, daemons and worktrees make their folders in it, so none is left behind.
  process.env['TMPDIR'] = folder
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  // An end by a signal runs the same clean-up as an end of its own.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  using other = values.against === undefined ? undefined : otherTree(values.against)
  const trees: Tree[] = [presentTree(), ...(other === undefined ? [] : [other])]
  const head = {
    date: new Date().toISOString().slice(0, 16).replace('T', ' ') + ' UTC',
    size,
    machine: machineOf(),
    trees: trees.map(({ name, commit }) => ({ name, commit })),
  }
  say(headText(head))
  const report: Report = { ...head, questions: [] }
  for (const question of questions) {
    say(titleText(question))
    const asking = await askOne(question, trees, folder)
    report.questions.push(asking)
    say(askingText(asking))
    if (values.json !== undefined && values.json !== '-')
      writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
  }
  if (values.json === '-') console.log(JSON.stringify(report, null, 2))
  if (report.questions.some(({ failed }) => failed !== undefined)) process.exitCode = 1
}

/** Asks until there are as many pairs as wanted, or the question's time is over; the trees by turns. */
async function askOne(question: Question, trees: readonly Tree[], folder: string): Promise<Asking> {
  const { name, asks, floor, limitS } = question
  const beganMs = performance.now()
  const found = new Map<string, (Figure | Missed)[][]>()
  const tookS = (): number => (performance.now() - beganMs) / 1000
  const skipped = obstacle(question)
  let failed: string | undefined
  try {
    for (let pair = 0; skipped === undefined && pair < pairs; pair++) {
      // As long as those before it: a pair begun too late would take the time of the next question.
      if (pair > 0 && (tookS() * (pair + 1)) / pair > limitS[size] * trees.length) break
      for (const tree of pair % 2 === 0 ? trees : trees.toReversed()) {
        const figures = await question.measure({ tree, size, folder })
        found.set(tree.name, [...(found.get(tree.name) ?? []), figures])
      }
    }
  } catch (error) {
    failed = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const answers = Object.fromEntries(trees.map((tree) => [tree.name, answerOf(found.get(tree.name) ?? [])]))
  return {
    name,
    asks,
    floor,
    tookS: tookS(),
    answers,
    ...(skipped === undefined ? {} : { skipped }),
    ...(failed === undefined ? {} : { failed }),
  }
}

function obstacle({ needs, reads }: Question): string | undefined {
  const missing = needs.filter((program) => !have(program))
  if (missing.length > 0) return `this machine lacks ${missing.join(', ')}`
  return reads === 'proc' && process.platform !== 'linux' ? 'it reads /proc, which only Linux has' : undefined
}

function chosen(only: string | undefined): readonly Question[] {
  if (only === undefined) return QUESTIONS
  return only.split(',').map((name) => {
    const question = QUESTIONS.find((it) => it.name === name.trim())
    if (question === undefined) throw new Error(`there is no question ${name}; --list names them`)
    return question
  })
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new Error(`--pairs ${text}: a whole number from 1`)
  return Number(text)
}
