import { describe, expect, test } from 'vitest'
import { seedsOf } from '../seeds.ts'
import { differences, farFromExact, grouped, replayDay } from './run.ts'
import { oracle } from './oracle.ts'
import { createWeek, WEEK_TROUBLES } from './weeks.ts'

// Weeks of a site against the oracle: what stored backlogs of days, sources that are taken away or trickle, wrong
// clocks of devices and of the host leave in the last rows.

const SEEDS = seedsOf('weeks')
const seen = new Map<string, number>()

describe('a week gives what the oracle works out', () => {
  for (const seed of SEEDS) {
    const week = createWeek(seed)
    test(`${week.title}`, async () => {
      const answer = oracle(week.scenario, week.packets)
      const told = await replayDay(week.scenario, week.packets)
      // Before a point was heard its silence has no rows, nor has that of a boundary before its rows began
      for (const [key, { fields }] of answer.rows) {
        if (fields['coverage'] === 0 && !told.rows.has(key)) answer.rows.delete(key)
      }
      expect(grouped(differences(answer, told))).toEqual([])
      expect(farFromExact(week.scenario, answer, told)).toEqual([])
      expect(grouped(told.odd)).toEqual([])
      for (const name of [...week.planted, ...Object.keys(answer.outcomes)]) seen.set(name, (seen.get(name) ?? 0) + 1)
      if (answer.clocked.length > 0)
        seen.set('stamped by a wrong clock', (seen.get('stamped by a wrong clock') ?? 0) + 1)
    })
  }
})

test('all troubles did happen', () => {
  if (process.env['SEEDS'] !== undefined) console.log([...seen].map(([name, times]) => `${name} ${times}`).join(', '))
  const due = SEEDS.length < 24 ? [] : [...WEEK_TROUBLES, 'too_late', 'future', 'stamped by a wrong clock']
  expect(due.filter((name) => !seen.has(name))).toEqual([])
})
