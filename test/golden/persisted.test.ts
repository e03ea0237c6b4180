/** What is saved, counted or told by its place in a list stays at its place: `persisted.txt` beside this test pins it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PHASES, STANDINGS } from '../../src/core/alarms/alarm-state.ts'
import {
  ALARM_KINDS,
  LIMIT_QUANTITIES,
  LIMIT_SIDES,
  LIMIT_VERDICTS,
  SEVERITIES,
} from '../../src/core/contract/alarm-kinds.ts'
import * as flags from '../../src/core/contract/flags.ts'
import * as limits from '../../src/core/contract/limits.ts'
import * as outcome from '../../src/core/contract/outcome.ts'
import { CALENDAR_UNITS, POINT_KINDS } from '../../src/core/contract/plan.ts'
import { COST, SLICE_FORM, SLICE_UNITS, STEP } from '../../src/core/contract/work.ts'
import { SECTION_FORMS } from '../../src/core/snapshot/form.ts'
import { SHAPES } from '../../src/rows/frames/shape.ts'

const { OUTCOMES } = outcome
const { QUALITY_FLAGS, QUALITY_NOTES, READING_FLAGS } = flags
const { BAND, VIOLATIONS } = limits

type Lists = ReadonlyMap<string, readonly string[]>

const FILE = join(import.meta.dirname, 'persisted.txt')
const BANDS = Object.entries(BAND)
  .sort(([, a], [, b]) => a - b)
  .map(([name]) => name)
const VERSIONS = SECTION_FORMS.map(({ form, version }): [string, string[]] => [
  `version of ${form}`,
  Array.from({ length: version }, (_, n) => String(n + 1)),
])
const CODE: Lists = new Map<string, readonly string[]>([
  ['outcome', OUTCOMES],
  ['alarm kind', ALARM_KINDS],
  ['alarm phase', PHASES],
  ['alarm standing', STANDINGS],
  ['alarm severity', SEVERITIES],
  ['limit quantity', LIMIT_QUANTITIES],
  ['limit verdict', LIMIT_VERDICTS],
  ['limit side', LIMIT_SIDES],
  ['quality flag', QUALITY_FLAGS],
  ['quality note', QUALITY_NOTES],
  ['reading flag', READING_FLAGS],
  ['band', BANDS],
  ['violation', VIOLATIONS],
  ['point kind', POINT_KINDS],
  ['calendar unit', CALENDAR_UNITS],
  ['section form', SECTION_FORMS.map(({ form }) => form)],
  ...VERSIONS,
  [
    `slices of form ${SLICE_FORM}`,
    Object.entries({ units: SLICE_UNITS, step: STEP, ...COST }).map(([name, units]) => `${name}:${units}`),
  ],
  ['table', SHAPES.map(({ measurement }) => measurement)],
  ...SHAPES.map(({ measurement, columns, types }): [string, string[]] => [
    `column of ${measurement}`,
    columns.map((name, n) => `${name}:${types[n]}`),
  ]),
])

/** Lines `list place word` below comments. */
function readLists(text: string): Lists {
  const lists = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [, list, place, word] = /^(\w.*) (\d+) (\S+)$/.exec(line) ?? []
    if (list === undefined || word === undefined) continue
    const words = lists.get(list) ?? []
    lists.set(list, words)
    words[Number(place)] = word
  }
  return lists
}

/** A sentence for every word whose place in the code is not that in the file. */
function differences(code: Lists, file: Lists): string[] {
  const names = new Set([...file.keys(), ...code.keys()])
  return [...names].flatMap((list) => {
    const [now, pinned] = [code.get(list) ?? [], file.get(list) ?? []]
    return Array.from({ length: Math.max(now.length, pinned.length) }, (_, n) => {
      if (now[n] === pinned[n]) return []
      if (pinned[n] === undefined) return `add the line "${list} ${n} ${now[n]}" to test/golden/persisted.txt`
      return `append only: ${list} ${n} is ${pinned[n]}, the code has ${now[n] ?? 'nothing'} there`
    }).flat()
  })
}

test('every word has the place that it is saved by', () => {
  expect(differences(CODE, readLists(readFileSync(FILE, 'utf8')))).toEqual([])
})

test('a word that moves, vanishes or is new is named', () => {
  const file = readLists('# a comment\nband 0 in\nband 1 out\nphase 0 up\nversion of core 0 1')
  expect(differences(new Map([['band', ['out', 'in', 'far']]]), file)).toEqual([
    'append only: band 0 is in, the code has out there',
    'append only: band 1 is out, the code has in there',
    'add the line "band 2 far" to test/golden/persisted.txt',
    'append only: phase 0 is up, the code has nothing there',
    'append only: version of core 0 is 1, the code has nothing there',
  ])
})

/** Constants of a module that are the place of a word: `UNKNOWN_TOPIC` of `unknown_topic`. */
function placesOf(module: object, words: readonly string[]): [string, number][] {
  return Object.entries(module).flatMap(([name, place]) => {
    const word = name.toLowerCase().replace(/^lone_spike$/, 'spike')
    return typeof place === 'number' && words.includes(word) ? [[word, place] as [string, number]] : []
  })
}

test('the numbers that hot code passes are the places of their words', () => {
  const outcomes = placesOf(outcome, OUTCOMES)
  expect(outcomes.map(([word, place]) => [word, OUTCOMES[place]])).toEqual(outcomes.map(([word]) => [word, word]))
  expect(outcomes.length).toBe(OUTCOMES.length)
  const notes = placesOf(flags, QUALITY_NOTES).filter(([word]) => word !== 'spike')
  expect(notes.map(([word, place]) => [word, QUALITY_NOTES[place]])).toEqual(notes.map(([word]) => [word, word]))
  expect(QUALITY_NOTES[flags.LONE_SPIKE]).toBe('spike')
  expect(notes.length).toBe(QUALITY_NOTES.length - 1)
  const bits = [flags.SENTINEL, flags.IMPLAUSIBLE, flags.CLAMPED, flags.SPIKE, flags.STUCK]
  expect(bits).toEqual(READING_FLAGS.map((_, bit) => 1 << bit))
  const masked = (mask: number) => VIOLATIONS.filter((_, bit) => ((mask >> bit) & 1) === 1)
  const begin = (part: string) => VIOLATIONS.filter((word) => word.startsWith(part))
  expect(masked(limits.RECOMMENDED_MASK)).toEqual(begin('recommended_'))
  expect(masked(limits.ALLOWABLE_MASK)).toEqual(begin('allowable_'))
  expect(masked(limits.ALTITUDE_HIGH_MASK)).toEqual(['altitude_high'])
  expect(masked(limits.RATE_15MIN_MASK)).toEqual(['rate_15min'])
  expect(masked(limits.RATE_60MIN_MASK)).toEqual(['rate_60min'])
})
