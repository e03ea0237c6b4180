/** What `check` and the API say that inlets are judged by. */
import { expect, test } from 'vitest'
import { describeSite } from '../../src/commands/check/describe.ts'
import { limitsOf } from '../../src/site/limits.ts'
import { siteOf } from '../scenarios/scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC, altitudeM: 1500, edition: 2011 }
points: { 't{1,2}': { topic: 't{1,2}', unit: °C } }
inlets: { 'in{1,2}': { dryBulb: 't{1,2}', class: 'A{1,2}' } }
`

test('both envelopes of each class, at the altitude of the site, with source and confidence', () => {
  expect(limitsOf(siteOf(SITE)).map((it) => [it.class, it.part, it.dryBulbMaxC, it.dewPointMinC, it.rhMinPct])).toEqual(
    [
      ['A1', 'recommended', 27, 5.5, null],
      ['A1', 'allowable', 30, null, 20],
      ['A2', 'recommended', 27, 5.5, null],
      ['A2', 'allowable', 33, null, 20],
    ],
  )
  expect(limitsOf(siteOf(SITE))[1]).toMatchObject({
    edition: '2011',
    altitudeM: 1500,
    corrosion: 'unknown',
    dewPointPhase: 'water',
    source: 'WP 2011, E+',
    confidence: 'H',
    deratingMPerK: 300,
    deratingConfidence: 'H',
  })
})

test('check prints them; a site without inlets has none', () => {
  const text = describeSite(siteOf(SITE))
  expect(text).toMatch(/^limits +2011, 1500 m, corrosion unknown, dew points below 0 °C over water$/m)
  expect(text).toMatch(/^ +A1 allowable +15 to 30 °C +dew point to 17 °C +RH 20 to 80 % +WP 2011, E\+ \(H\)$/m)
  expect(describeSite(siteOf(SITE.replace(/inlets.*/, '')))).not.toContain('limits')
})
