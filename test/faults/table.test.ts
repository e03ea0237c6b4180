/** The table of faults beside this test: all 72 are there, in order, and every test that it names exists. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const TESTS = join(import.meta.dirname, '..')
const text = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
const rows = text.split('\n').flatMap((line) => {
  const [, number, , shown = ''] = line.split('|')
  return /^\s*\d+\s*$/.test(number ?? '') ? [{ number: Number(number), shown: shown.trim() }] : []
})

test('all faults are there, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 72 }, (_, n) => n + 1))
})

test('each is shown by tests that exist, or says that it is not', () => {
  const bad = rows.flatMap(({ number, shown }) => {
    const named = [...shown.matchAll(/`([a-z/-]+)`/g)].map(([, name = '']) => name)
    const missing = named.filter(
      (name) => !existsSync(join(TESTS, `${name}.test.ts`)) && !existsSync(join(TESTS, name)),
    )
    return missing.length > 0 || (named.length === 0 && shown !== '–') ? [`${number}: ${missing.join(', ')}`] : []
  })
  expect(bad).toEqual([])
})
