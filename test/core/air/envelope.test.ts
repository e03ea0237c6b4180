import { existsSync, readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { bandOf, envelope, hasClass, violationNames, violations } from '../../../src/core/air/envelope.ts'
import { dewPointC } from '../../../src/core/air/psychro.ts'
import {
  ALLOWABLE_MASK,
  BAND,
  RECOMMENDED_MASK,
  VIOLATIONS,
  type Corrosion,
  type Edition,
  type Envelope,
  type EnvelopeClass,
} from '../../../src/core/contract/limits.ts'

const dataUrl = new URL('../../../../shared/data/', import.meta.url)
const absent = existsSync(new URL('ground-truth-A.json', dataUrl)) ? '' : ' (SKIPPED: shared/data is absent)'

/** `-` stands for a limit that the edition does not have. Order: dry bulb, dew point, RH; each min max. */
const LIMITS: readonly [Edition, EnvelopeClass, Corrosion, recommended: string, allowable: string][] = [
  ['2011', 'A1', 'low', '18 27 5.5 15 - 60', '15 32 - 17 20 80'],
  ['2011', 'A1', 'unknown', '18 27 5.5 15 - 60', '15 32 - 17 20 80'],
  ['2011', 'A2', 'low', '18 27 5.5 15 - 60', '10 35 - 21 20 80'],
  ['2011', 'A3', 'low', '18 27 5.5 15 - 60', '5 40 -12 24 8 85'],
  ['2011', 'A4', 'low', '18 27 5.5 15 - 60', '5 45 -12 24 8 90'],
  ['2015', 'A1', 'low', '18 27 -9 15 - 60', '15 32 -12 17 8 80'],
  ['2015', 'A1', 'unknown', '18 27 -9 15 - 60', '15 32 -12 17 8 80'],
  ['2015', 'A2', 'low', '18 27 -9 15 - 60', '10 35 -12 21 8 80'],
  ['2015', 'A3', 'low', '18 27 -9 15 - 60', '5 40 -12 24 8 85'],
  ['2015', 'A4', 'low', '18 27 -9 15 - 60', '5 45 -12 24 8 90'],
  ['2021', 'A1', 'low', '18 27 -9 15 - 70', '15 32 -12 17 8 80'],
  ['2021', 'A1', 'unknown', '18 27 -9 15 - 50', '15 32 -12 17 8 80'],
  ['2021', 'A2', 'low', '18 27 -9 15 - 70', '10 35 -12 21 8 80'],
  ['2021', 'A3', 'low', '18 27 -9 15 - 70', '5 40 -12 24 8 85'],
  ['2021', 'A4', 'low', '18 27 -9 15 - 70', '5 45 -12 24 8 90'],
  ['2021', 'H1', 'low', '18 22 -9 15 - 70', '5 25 -12 17 8 80'],
  ['2021', 'H1', 'unknown', '18 22 -9 15 - 50', '5 25 -12 17 8 80'],
  ['2021r', 'A1', 'low', '18 27 -9 15 - 70', '15 32 -12 17 8 80'],
  ['2021r', 'A2', 'low', '18 27 -9 15 - 70', '10 35 -12 21 8 80'],
  ['2021r', 'A2', 'unknown', '18 27 -9 15 - 50', '10 35 -12 21 8 80'],
  ['2021r', 'A3', 'low', '18 27 -9 15 - 70', '5 40 -12 24 8 85'],
  ['2021r', 'A4', 'low', '18 27 -9 15 - 70', '5 45 -12 24 8 90'],
  ['2021r', 'H1', 'low', '18 22 -9 15 - 70', '15 25 -12 17 8 80'],
  ['2021r', 'H1', 'unknown', '18 22 -9 15 - 50', '15 25 -12 17 8 80'],
]

describe('every limit: at it and 1e-6 inside complies, 1e-6 outside violates', () => {
  test.each(LIMITS)('%s %s, corrosion %s: recommended %s, allowable %s', (edition, itClass, corrosion, ...parts) => {
    const env = envelope(edition, itClass, 0, corrosion)
    const bounds = parts.join(' ').split(' ')
    for (const [bit, bound] of bounds.entries()) {
      const outwards = bit % 2 === 0 ? -1 : 1
      const limit = bound === '-' ? outwards * 1e9 : Number(bound)
      const readings = [limit - outwards * 1e-6, limit, limit + outwards * 1e-6]
      const verdicts = readings.map((reading) => brokenWords(env, bit, reading).includes(VIOLATIONS[bit] ?? ''))
      expect(verdicts, `${VIOLATIONS[bit]} ${bound}`).toEqual([false, false, bound !== '-'])
    }
  })

  test('27 °C reached by sums of decimals is still 27 °C', () => {
    const sum = 26.1 + 0.3 + 0.3 + 0.3
    expect(sum).toBeGreaterThan(27)
    expect(brokenWords(envelope('2021r', 'A2', 0, 'low'), 1, sum)).toEqual([])
  })
})

describe('altitude lowers the allowable maximum, and above 2400 m the recommended one with it', () => {
  test.each<[EnvelopeClass, altitudeM: number, recommendedC: number, allowableC: number]>([
    ['A1', -50, 27, 32],
    ['A1', 0, 27, 32],
    ['A1', 900, 27, 32],
    ['A1', 1500, 27, 30],
    ['A1', 2400, 27, 27],
    ['A1', 3050, 24.833333333, 24.833333333],
    ['A1', 3051, 24.833333333, 24.833333333],
    ['A2', 900, 27, 35],
    ['A2', 1500, 27, 33],
    ['A2', 2400, 27, 30],
    ['A2', 3050, 27, 27.833333333],
    ['A2', 3051, 27, 27.833333333],
    ['A3', 900, 27, 40],
    ['A3', 1500, 27, 36.571428571],
    ['A3', 2400, 27, 31.428571429],
    ['A3', 3050, 27, 27.714285714],
    ['A3', 3051, 27, 27.714285714],
    ['A4', 900, 27, 45],
    ['A4', 1500, 27, 40.2],
    ['A4', 2400, 27, 33],
    ['A4', 3050, 27, 27.8],
    ['A4', 3051, 27, 27.8],
    ['H1', 900, 22, 25],
    ['H1', 1500, 22, 23.8],
    ['H1', 2400, 22, 22],
    ['H1', 3050, 20.7, 20.7],
    ['H1', 3051, 20.7, 20.7],
  ])('%s at %d m: recommended up to %d °C, allowable up to %d °C', (itClass, altitudeM, recommendedC, allowableC) => {
    const env = envelope('2021r', itClass, altitudeM, 'low')
    const sea = envelope('2021r', itClass, 0, 'low')
    const high = altitudeM > 3050 ? ['altitude_high'] : []
    expect(env.altitudeHigh).toBe(altitudeM > 3050)
    expect(env.recommended.dryBulbMaxC).toBeCloseTo(recommendedC, 8)
    expect(env.allowable.dryBulbMaxC).toBeCloseTo(allowableC, 8)
    expect(brokenWords(env, 7, Math.min(recommendedC, allowableC) - 1e-6)).toEqual(high)
    expect(brokenWords(env, 7, recommendedC + 1e-6)).toContain('recommended_dry_bulb_max')
    expect(brokenWords(env, 7, allowableC - 1e-6)).not.toContain('allowable_dry_bulb_max')
    expect(brokenWords(env, 7, allowableC + 1e-6)).toContain('allowable_dry_bulb_max')
    // minima and moisture stay
    expect({ ...env.recommended, dryBulbMaxC: 0 }).toEqual({ ...sea.recommended, dryBulbMaxC: 0 })
    expect({ ...env.allowable, dryBulbMaxC: 0 }).toEqual({ ...sea.allowable, dryBulbMaxC: 0 })
  })
})

describe('band and violations', () => {
  const both = (word: string) => `recommended_${word},allowable_${word}`

  test.each<[why: string, tC: number, rhPct: number, dewC: number, band: number, words: string]>([
    ['comfortable', 22, 45, 9.5, BAND.recommended, ''],
    ['at the recommended corner', 27, 48, 15, BAND.recommended, ''],
    ['a little warm', 28, 40, 13, BAND.allowable, 'recommended_dry_bulb_max'],
    ['warm and damp', 28, 60, 19.5, BAND.allowable, 'recommended_dry_bulb_max,recommended_dew_point_max'],
    ['dry', 24, 9, -10.8, BAND.allowable, 'recommended_dew_point_min'],
    ['too hot', 35.1, 30, 15, BAND.out, both('dry_bulb_max')],
    ['too cold', 9.9, 60, 2.5, BAND.out, both('dry_bulb_min')],
    ['too dry', 24, 7, -14, BAND.out, 'recommended_dew_point_min,allowable_dew_point_min,allowable_rh_min'],
    [
      'swamp',
      30,
      81,
      26.4,
      BAND.out,
      'recommended_dry_bulb_max,recommended_dew_point_max,recommended_rh_max,allowable_dew_point_max,allowable_rh_max',
    ],
    ['no humidity', 22, NaN, NaN, BAND.unknown, ''],
    ['no humidity and warm', 28, NaN, NaN, BAND.unknown, 'recommended_dry_bulb_max'],
    ['no humidity and too hot: out all the same', 36, NaN, NaN, BAND.out, both('dry_bulb_max')],
    ['humidity without dew point', 22, 45, NaN, BAND.unknown, ''],
    ['dew point without humidity', 22, NaN, 9.5, BAND.unknown, ''],
    ['no dry bulb', NaN, 45, 9.5, BAND.unknown, ''],
    ['no dry bulb, far too damp', NaN, 85, NaN, BAND.out, both('rh_max')],
    ['nothing known', NaN, NaN, NaN, BAND.unknown, ''],
  ])('A2, 2021r, 30 m: %s (%d °C, RH %d, dew point %d °C) is band %d: %s', (_why, tC, rhPct, dewC, band, words) => {
    const env = envelope('2021r', 'A2', 30, 'low')
    const mask = violations(env, tC, rhPct, dewC)
    expect(violationNames(mask)).toBe(words)
    expect(bandOf(env, mask, tC, rhPct, dewC)).toBe(band)
  })

  test.each<[why: string, tC: number, band: number, words: string]>([
    ['what would be recommended is unknown', 22, BAND.unknown, 'altitude_high'],
    ['what would be allowable is unknown', 27.5, BAND.unknown, 'recommended_dry_bulb_max,altitude_high'],
    ['what is out at 3050 m is out', 28, BAND.out, 'recommended_dry_bulb_max,allowable_dry_bulb_max,altitude_high'],
  ])('A2 at 3051 m: %s', (_why, tC, band, words) => {
    const env = envelope('2021r', 'A2', 3051, 'low')
    const mask = violations(env, tC, 40, 8)
    expect(violationNames(mask)).toBe(words)
    expect(bandOf(env, mask, tC, 40, 8)).toBe(band)
  })

  test.each<[Corrosion, number]>([
    ['low', BAND.recommended],
    ['unknown', BAND.allowable],
  ])('RH 60 with corrosion %s is band %d', (corrosion, band) => {
    const env = envelope('2021r', 'A2', 30, corrosion)
    expect(bandOf(env, violations(env, 20, 60, 12), 20, 60, 12)).toBe(band)
  })
})

describe('the door', () => {
  test('H1 came in 2021', () => {
    expect((['2011', '2015', '2021', '2021r'] as const).map((it) => hasClass(it, 'H1'))).toEqual([
      false,
      false,
      true,
      true,
    ])
    expect(() => envelope('2015', 'H1', 0, 'low')).toThrow('class H1 is not in the edition of 2015')
  })

  test('an altitude must be a number', () => {
    expect(() => envelope('2021r', 'A2', NaN, 'low')).toThrow('altitude')
  })

  test('an envelope cannot be changed', () => {
    const env = envelope('2021r', 'A2', 1500, 'low')
    expect([env, env.recommended, env.allowable].every(Object.isFrozen)).toBe(true)
  })

  test('a mask that is none has no words', () => {
    expect(() => violationNames(1 << 15)).toThrow('not a violation mask')
  })
})

/**
 * Hours of a weather year inside each envelope at sea level, counted by others. `columns`: the file's own dew point;
 * `frost`: a dew point from RH with PsychroLib, which is a frost point below 0 °C. `water` is ours: the same with the dew
 * point over water, counted by bisection of the same curve. It is at most `frost`: a frost point of -12 °C is a dew point
 * of -13.5 °C, so over ice up to 1.5 K too dry an hour passes the floor.
 */
const HOURS = {
  'tmy_45.000_8.000_2005_2023.epw': [708, 931, 435, 2280, 3571, 4978, 5965, 3249],
  'Boulder-Broomfield-Jefferson County AP 724699 (TMY3).zip': [1502, 1587, 1307, 2930, 4300, 5620, 5751, 4701],
  'Redmond-Roberts Field 726835 (TMY3).zip': [1072, 1087, 1022, 2089, 3434, 5133, 5299, 4472],
}

const COUNTED: readonly [name: string, Edition, EnvelopeClass, Corrosion, mask: number][] = [
  ['recommended_2015_rh60', '2015', 'A1', 'low', RECOMMENDED_MASK],
  ['recommended_2021_rh70', '2021', 'A1', 'low', RECOMMENDED_MASK],
  ['recommended_2021_polluted_rh50', '2021', 'A1', 'unknown', RECOMMENDED_MASK],
  ['A1', '2021', 'A1', 'low', ALLOWABLE_MASK],
  ['A2', '2021', 'A2', 'low', ALLOWABLE_MASK],
  ['A3', '2021', 'A3', 'low', ALLOWABLE_MASK],
  ['A4', '2021', 'A4', 'low', ALLOWABLE_MASK],
  ['H1_allowable', '2021', 'H1', 'low', ALLOWABLE_MASK],
]

describe.skipIf(absent !== '')(`hours of a weather year in each envelope${absent}`, () => {
  test.each(Object.entries(HOURS))('%s', (file, water) => {
    const truth = JSON.parse(readFileSync(new URL('ground-truth-A.json', dataUrl), 'utf8')) as {
      'weather-epw': Record<string, { counts: Record<string, number> }>
    }
    const counts = truth['weather-epw'][`A-dev/${file}`]?.counts
    const hours = readHours(new URL(`weather-epw/${encodeURIComponent(file)}`, dataUrl))
    expect(hours).toHaveLength(8760)
    for (const [row, [name, edition, itClass, corrosion, part]] of COUNTED.entries()) {
      const env = envelope(edition, itClass, 0, corrosion)
      const inside = (dewOf: (hour: Hour) => number) =>
        hours.filter((hour) => (violations(env, hour.dryBulbC, hour.rhPct, dewOf(hour)) & part) === 0).length
      expect(
        inside((hour) => hour.dewPointC),
        `${name}, columns`,
      ).toBe(counts?.[name])
      expect(
        inside((hour) => dewPointC(hour.dryBulbC, hour.rhPct, 'ice')),
        `${name}, frost`,
      ).toBe(counts?.[`${name}_dp_from_rh`])
      expect(
        inside((hour) => dewPointC(hour.dryBulbC, hour.rhPct)),
        `${name}, water`,
      ).toBe(water[row])
    }
  })
})

/** The words for one quantity alone, the others missing; the bit tells the quantity: dry bulb, dew point or RH. */
function brokenWords(env: Envelope, bit: number, reading: number): string[] {
  const quantity = (bit % 6) >> 1
  const of = (which: number) => (quantity === which ? reading : NaN)
  return violationNames(violations(env, of(0), of(2), of(1)))
    .split(',')
    .filter((word) => word !== '')
}

interface Hour {
  dryBulbC: number
  dewPointC: number
  rhPct: number
}

/** EnergyPlus weather: eight header lines, then an hour a line; columns 7 to 9 are dry bulb, dew point, RH. */
function readHours(url: URL): Hour[] {
  const bytes = readFileSync(url)
  const text = (url.pathname.endsWith('.zip') ? unzip(bytes, '.epw') : bytes).toString('latin1')
  const lines = text.split(/\r?\n/).slice(8)
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [dryBulb, dewPoint, rh] = line.split(',').slice(6, 9).map(Number)
      return { dryBulbC: dryBulb ?? NaN, dewPointC: dewPoint ?? NaN, rhPct: rh ?? NaN }
    })
}

/** The first deflated member with this ending, by the archive's central directory. */
function unzip(bytes: Buffer, ending: string): Buffer {
  let at = bytes.readUInt32LE(bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1') + 16)
  while (bytes.readUInt32LE(at) === 0x02014b50) {
    const [nameLength, extraLength, noteLength] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ]
    const name = bytes.toString('latin1', at + 46, at + 46 + nameLength)
    if (name.endsWith(ending)) {
      const local = bytes.readUInt32LE(at + 42)
      const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
      return inflateRawSync(bytes.subarray(start, start + bytes.readUInt32LE(at + 20)))
    }
    at += 46 + nameLength + extraLength + noteLength
  }
  throw new Error(`no member ends with ${ending}`)
}
