import { expect, test } from 'vitest'
import {
  correctedState,
  isRestatedIn,
  NOT_WRITTEN,
  revisionIn,
  rowStateOf,
} from '../../../src/core/windows/row-state.ts'

const seen = (state: number) => `r${revisionIn(state)}${isRestatedIn(state) ? ' restated' : ''}`

test('each correction raises the revision; one after settlement restates the row for good', () => {
  let state = rowStateOf(0, 'provisional')
  const lives = [seen(state)]
  for (const phase of ['provisional', 'settled', 'provisional', 'settled'] as const) {
    state = correctedState(state, phase)
    lives.push(seen(state))
  }
  expect(lives).toEqual(['r0', 'r1', 'r2 restated', 'r3 restated', 'r4 restated'])
})

test('a row that was never written is not restated', () => {
  expect(isRestatedIn(NOT_WRITTEN)).toBe(false)
})

test('a row goes on from a revision that is known from elsewhere', () => {
  expect(seen(rowStateOf(3, 'provisional'))).toBe('r3')
  expect(seen(correctedState(rowStateOf(3, 'settled'), 'provisional'))).toBe('r4 restated')
})
