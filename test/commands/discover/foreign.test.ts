/**
 * Twelve brokers of strangers: whatever is written without a question is right, and what a person has left to do is
 * counted. A wrong boundary would be a wrong PUE that looks right; a missing one is seen at once.
 */
import { expect, test } from 'vitest'
import { counts, type PointDraft } from '../../../src/commands/discover/draft.ts'
import type { FoundSite } from '../../../src/commands/discover/found.ts'
import { FOREIGN, type ForeignSite } from './foreign-sites.ts'
import { siteFrom, textOf } from './found.ts'

/** Loads of IT are capital letters. */
const isOfIt = (load: string): boolean => load === load.toUpperCase()

function sorted(loads: string): string {
  return loads.split('').toSorted().join('')
}

/** The loads of some points: a point that the site does not know of carries what nobody should count. */
function loadsOf({ carries }: ForeignSite, drafts: readonly PointDraft[]): string[] {
  return drafts.map(({ topic, place }) => carries[topic] ?? carries[`${topic} ${place.at}`] ?? '?')
}

/** What is wrong with the boundaries that are written without a question. */
function wrongIn(site: ForeignSite, { boundaries }: FoundSite): string[] {
  const all = sorted([...new Set(Object.values(site.carries).join(''))].join(''))
  return boundaries
    .filter(({ questions }) => questions.length === 0)
    .flatMap(({ facility, it }) => {
      const [whole, part] = [loadsOf(site, facility), loadsOf(site, it)]
      const twice = [whole, part].filter((list) => new Set(list.join('')).size < list.join('').length)
      return [
        ...(sorted(whole.join('')) === all ? [] : [`the whole is ${all}, not ${whole.join(' + ')}`]),
        ...(sorted(part.join('')) === all.split('').filter(isOfIt).join('') ? [] : [`IT is not ${part.join(' + ')}`]),
        ...twice.map((list) => `twice in a sum: ${list.join(' + ')}`),
      ]
    })
}

/** Lines of points, inlets and boundaries that count, and do not say how they are known. */
function unmarked(found: FoundSite): string[] {
  const lines = textOf(found).split('\n')
  const how = /(?:announced|documented|evidence|guess): /
  return lines.filter((line, n) => {
    if (/^ {2}[\w."-]+: \{ (?:topic|dryBulb):/.test(line)) return !how.test(line)
    if (!/^ {2}[\w."-]+: \{ facility:/.test(line)) return false
    return !how.test(lines[n - 1] ?? '')
  })
}

/** What a person has to edit until all meters count in a PUE: lines of meters that ask, or that nothing was written of; questions of boundaries. */
function editsOf(site: ForeignSite, { drafts, boundaries }: FoundSite): number {
  const known = new Set(drafts.filter(counts).flatMap(({ topic, place }) => [topic, `${topic} ${place.at}`]))
  const meters = Object.keys(site.carries).filter((meter) => !known.has(meter))
  const questions = boundaries.flatMap((it) => it.questions)
  return meters.length + (boundaries.length === 0 ? 1 : questions.length)
}

test.each(FOREIGN)('$name: $written boundaries, $edits edits', (site) => {
  const found = siteFrom(site.says, site.rounds)
  expect(wrongIn(site, found)).toEqual([])
  expect(unmarked(found)).toEqual([])
  expect([found.boundaries.filter(({ questions }) => questions.length === 0).length, editsOf(site, found)]).toEqual([
    site.written,
    site.edits,
  ])
})

test('a boundary of the wrong meters, and one that counts a load twice, are seen', () => {
  const [site] = FOREIGN
  if (site === undefined) throw new Error('no site')
  const found = siteFrom(site.says, site.rounds)
  const meters = found.drafts.filter(({ measured }) => measured === 'power')
  const boundary = found.boundaries.map((it) => ({
    ...it,
    it: meters.slice(0, 2),
    facility: [...it.facility, ...it.it],
  }))
  expect(wrongIn(site, { ...found, boundaries: boundary })).toEqual([
    expect.stringContaining('the whole is ABkl'),
    expect.stringContaining('IT is not'),
    'twice in a sum: ABkl + A + B',
    'twice in a sum: ABkl + A',
  ])
})
