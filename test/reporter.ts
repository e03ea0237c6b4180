/**
 * Says what a run did not test, and ends it with one plain line of counts for machines to read.
 *
 * The counts also hold what is no test of its own: a file that did not load, a hook that threw, an error that nobody
 * caught. A run in which nothing ran is a failure, whatever the reason; one that was cut short ends in the counts so far
 * and one failure more.
 */
import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'

interface Counts {
  passed: number
  failed: number
  skipped: string[]
}

const CUT = 'The run was cut short: counted as a failure.'
const LEFTOVER = 'The run has ended, but a program that a test started still runs: counted as a failure.'

/** The environment variable that names the file in which test files note programs they miss (see servers.ts). */
export const MISSES = 'COLDAISLE_TEST_MISSES'

/** `leftoverMs`: how long an ended run may be held open by something that a test left behind. */
export function createReporter(leftoverMs = 30_000): Reporter {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-run-'))
  const missesFile = join(folder, 'misses')
  process.env[MISSES] = missesFile
  const sofar = { passed: 0, failed: 0 }
  let lines: string[] | undefined
  let ran = false

  // Printed on the way out, so that no other reporter's word comes after it.
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true })
    lines ??= [CUT, countsLine({ ...sofar, failed: sofar.failed + 1, skipped: [] })]
    if (!ran) process.exitCode = process.exitCode || 1
    writeSync(1, `\n${lines.join('\n')}\n`)
  })
  // The runner has no word for these: it would end without one of ours.
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.once(signal, () => process.exit(code))

  return {
    onTestCaseResult(testCase) {
      const { state } = testCase.result()
      if (state === 'passed' || state === 'failed') sofar[state] += 1
    },
    onTestRunEnd(modules, unhandledErrors, reason) {
      const counts = count(modules)
      counts.failed += unhandledErrors.length
      if (reason === 'interrupted') counts.failed += 1
      ran = counts.passed + counts.failed > 0
      if (!ran && counts.skipped.length === 0) counts.failed += 1 // no file was found
      lines = [...skipLines(counts.skipped), ...missLines(missesFile), countsLine(counts)]
      const leftover = [...lines.slice(0, -1), LEFTOVER, countsLine({ ...counts, failed: counts.failed + 1 })]
      // Only a loop that is still alive gets there: a run that can end has ended.
      setTimeout(() => {
        lines = leftover
        process.exit(1)
      }, leftoverMs).unref()
    },
  }
}

function count(modules: readonly TestModule[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: [] }
  for (const module of modules) {
    if (module.errors().length > 0) counts.failed += 1
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed += 1
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') counts.passed += 1
      else if (result.state === 'failed') counts.failed += 1
      else {
        const note = result.state === 'skipped' ? result.note : 'did not run'
        counts.skipped.push(`${module.relativeModuleId} > ${test.fullName}${note === undefined ? '' : ` (${note})`}`)
      }
    }
  }
  return counts
}

function skipLines(skipped: readonly string[]): string[] {
  return skipped.length === 0 ? [] : ['Skipped:', ...skipped.map((name) => `  ${name}`)]
}

function missLines(file: string): string[] {
  const misses = [...new Set(readIfThere(file).split('\n'))].filter((line) => line !== '').toSorted()
  return misses.length === 0 ? [] : ['Not tested, because a program is missing:', ...misses.map((line) => `  ${line}`)]
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '' // nothing was missed
    throw error
  }
}

function countsLine({ passed, failed, skipped }: Counts): string {
  const counts = `${passed} passed, ${failed} failed`
  return skipped.length === 0 ? counts : `${counts}, ${skipped.length} skipped`
}
