/** Daily models and their statistics: by construction, by published values, and by public meters fitted elsewhere. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { predictedSum } from '../../src/savings/bootstrap.ts'
import { chooseModel } from '../../src/savings/choose.ts'
import { fitModel } from '../../src/savings/fit.ts'
import {
  parametersOf,
  predict,
  weekdayOf,
  type ModelDay,
  type ModelForm,
  type ModelShape,
} from '../../src/savings/model.ts'
import { fractionalUncertainty, statisticsOf } from '../../src/savings/statistics.ts'
import { studentWithin } from '../../src/savings/student.ts'

const DAY_MS = 86_400_000
const MV = join(import.meta.dirname, '../../../shared/data/mv')
const absent = existsSync(MV) ? '' : ' (skipped: ../shared/data/mv is absent)'

function formOf(shape: ModelShape, more: Partial<ModelForm> = {}): ModelForm {
  return { shape, load: false, scaled: false, week: false, ...more }
}

/** A year of made-up weather and load with the energies that `kwh` says. */
function yearOf(kwh: (day: Omit<ModelDay, 'kwh'>) => number, first = 20_000): ModelDay[] {
  return Array.from({ length: 365 }, (_, n) => {
    const day = {
      day: first + n,
      outdoorC: 12 + 10 * Math.sin(n / 58) + 3 * Math.sin(7.3 * n),
      load: 1000 + 50 * Math.sin(1.7 * n),
    }
    return { ...day, kwh: kwh(day) }
  })
}

const above = (c: number, changeC: number) => Math.max(0, c - changeC)

describe('a model finds what the days were made of', () => {
  test.for<[ModelShape, Partial<ModelForm>, number[], (day: Omit<ModelDay, 'kwh'>) => number]>([
    ['mean', {}, [], () => 700],
    ['3PC', {}, [15.5], ({ outdoorC }) => 500 + 20 * above(outdoorC, 15.5)],
    ['3PH', {}, [4.2], ({ outdoorC }) => 500 + 9 * above(4.2, outdoorC)],
    ['4P', {}, [13], ({ outdoorC }) => 500 + 5 * above(13, outdoorC) + 20 * above(outdoorC, 13)],
    ['5P', {}, [5, 15.5], ({ outdoorC }) => 500 + 4 * above(5, outdoorC) + 20 * above(outdoorC, 15.5)],
    ['3PC', { load: true }, [15.5], ({ outdoorC, load }) => 1.3 * load + 20 * above(outdoorC, 15.5)],
    [
      '3PC',
      { load: true, scaled: true },
      [15.5],
      ({ outdoorC, load }) => 1.3 * load + 0.02 * load * above(outdoorC, 15.5),
    ],
    [
      '5P',
      { load: true, week: true },
      [5, 15.5],
      ({ day, outdoorC, load }) =>
        1.3 * load + 4 * above(5, outdoorC) + 20 * above(outdoorC, 15.5) - (weekdayOf(day) > 4 ? 30 : 0),
    ],
  ])('%s %o', ([shape, more, changes, kwh]) => {
    const days = yearOf(kwh)
    const model = fitModel(days, formOf(shape, more))
    if (model === undefined) throw new Error('no model')
    expect(model.changesC.length).toBe(changes.length)
    for (const [n, changeC] of changes.entries()) expect(model.changesC[n]).toBeCloseTo(changeC, 6)
    for (const day of days) expect(predict(model, day)).toBeCloseTo(day.kwh, 6)
    const load = more.load === true
    const unrest = days.map((it) => ({ ...it, kwh: it.kwh + Math.sin(1e4 * Math.sin(it.day)) }))
    expect(chooseModel({ dry: unrest }, { load })?.chosen.model.form, 'and it is the one chosen').toEqual(model.form)
  })

  test('a 3P model only rises away from its change-point: what falls is a line or 4P', () => {
    const days = yearOf(({ outdoorC }) => 500 - 20 * above(outdoorC, 12))
    expect(fitModel(days, formOf('3PC'))).toBeUndefined()
    expect(fitModel(days, formOf('4P'))?.coolingKwhPerK).toBeCloseTo(-20, 6)
  })

  test('a day that weighs twice counts as two, one that weighs nothing not at all', () => {
    const days = yearOf(({ outdoorC, load }) => 400 + 8 * above(outdoorC, 10) + 0.3 * load + 5 * Math.sin(load))
    const doubled = [...days, ...days.slice(0, 100)]
    const weighted = fitModel([...days, { ...days[0]!, kwh: 1e6 }], formOf('4P'), {
      weights: [...days.keys(), 365].map((n) => (n === 365 ? 0 : n < 100 ? 2 : 1)),
    })
    const twice = fitModel(doubled, formOf('4P'))
    for (const key of ['baseKwh', 'heatingKwhPerK', 'coolingKwhPerK'] as const)
      expect(weighted?.[key]).toBeCloseTo(twice?.[key] ?? NaN, 8)
  })
})

/** NIST StRD, linear least squares, Norris: https://www.itl.nist.gov/div898/strd/lls/data/Norris.shtml */
const NORRIS_X = [
  0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5, 666.9, 338.0, 447.5, 11.6,
  556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1, 118.3, 229.2, 669.1, 448.9, 0.5,
]
const NORRIS_Y = [
  0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1, 668.8, 339.3, 448.9, 10.8,
  557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2, 117.6, 228.9, 668.4, 449.2, 0.2,
]

describe('statistics', () => {
  test('of a line are those that NIST certifies', () => {
    const days = NORRIS_X.map((outdoorC, day) => ({ day, outdoorC, kwh: NORRIS_Y[day] ?? NaN, load: 0 }))
    const model = fitModel(days, formOf('2P'))
    if (model === undefined) throw new Error('no model')
    const { rmseKwh, cvRmse, r2, nmbe } = statisticsOf(model, days)
    expect(model.coolingKwhPerK).toBeCloseTo(1.00211681802045, 11)
    expect(predict(model, { day: 0, outdoorC: 0, load: 0, kwh: 0 })).toBeCloseTo(-0.262323073774029, 9)
    expect(rmseKwh).toBeCloseTo(0.884796396144373, 10)
    expect(r2).toBeCloseTo(0.999993745883712, 12)
    const mean = NORRIS_Y.reduce((sum, y) => sum + y, 0) / NORRIS_Y.length
    expect(cvRmse).toBeCloseTo(0.884796396144373 / mean, 12)
    expect(nmbe).toBeCloseTo(0, 12)
  })

  test.for([
    // Fisher and Yates, table III: 90 % and 95 % within.
    [0.9, 10, 1.8125],
    [0.95, 10, 2.2281],
    [0.95, 1, 12.7062],
    [0.95, 120, 1.9799],
    [0.99, 30, 2.75],
  ] as const)("Student's t stays within ± of, of %d at %d degrees", ([probability, degrees, within]) => {
    expect(studentWithin(probability, degrees)).toBeCloseTo(within, 4)
  })

  test('residuals that hang together are worth fewer days', () => {
    // Errors come in pairs, + + − −: of two neighbours half agree and half do not. In fours three of four agree.
    const errorsOf = (run: number) =>
      yearOf(({ day }) => 1000 + (Math.floor((day - 20_000) / run) % 2 === 0 ? 10 : -10)).slice(0, 360)
    const model = { ...fitModel(errorsOf(1), formOf('mean'))!, baseKwh: 1000 }
    expect(statisticsOf(model, errorsOf(2)).autocorrelation).toBeCloseTo(1 / 359, 6)
    const fours = statisticsOf(model, errorsOf(4))
    expect(fours.autocorrelation).toBeCloseTo((270 - 89) / 359, 6)
    expect(fours.effectiveDays).toBeCloseTo((360 * (359 - 181)) / (359 + 181), 6)
    const alternating = statisticsOf(model, errorsOf(1))
    expect(alternating.autocorrelation).toBeCloseTo(-1, 6)
    expect(alternating.effectiveDays, 'no more than there are').toBe(360)
    const parted = errorsOf(4).filter((_, n) => n % 4 < 2)
    expect(statisticsOf(model, parted).autocorrelation, 'only days that follow each other are pairs').toBeCloseTo(1, 6)
  })

  test('the fractional uncertainty of Guideline 14 is as by hand', () => {
    // A year of 365.25 days: factor 1.00286 + 0.03535 × 12 − 0.00024 × 144 = 1.3925, t of 68 % at 360 degrees 0.9956.
    // 0.9956 × 1.3925 × 0.1 × √((365/365) × (1 + 2/365) / 365.25) / 0.05 = 0.1455
    const statistics = { days: 365, parameters: 5, rmseKwh: 100, cvRmse: 0.1, nmbe: 0, r2: 0.9, autocorrelation: 0 }
    const year = { share: 0.05, reportDays: 365.25, confidence: 0.68 }
    expect(fractionalUncertainty({ ...statistics, effectiveDays: 365 }, year)).toBeCloseTo(0.1455, 4)
    // A quarter of the days: twice as much, by 1 + 2/91.25 and t at 86.25 degrees a little more.
    const few = fractionalUncertainty({ ...statistics, effectiveDays: 91.25 }, year)
    expect(few / 0.1455).toBeCloseTo(2 * Math.sqrt((1 + 2 / 91.25) / (1 + 2 / 365)) * (1.0001 / 0.9956), 2)
    expect(fractionalUncertainty({ ...statistics, effectiveDays: 365 }, { ...year, share: -0.05 })).toBeCloseTo(
      0.1455,
      4,
    )
  })
})

/** As `fit.json` of the public meters has it. */
interface FittedElsewhere {
  heating_balance_F: number | null
  cooling_balance_F: number | null
  coefficients: number[]
  r2_adjusted: number
  cv_rmse: number
  rho1: number
  counterfactual_kwh: number
  observed_kwh: number
  avoided_kwh: number
}

function columnsOfFile(name: string): string[][] {
  const lines = gunzipSync(readFileSync(join(MV, name)))
    .toString()
    .trim()
    .split('\n')
  return lines.slice(1).map((line) => line.split(','))
}

/** Days of a meter with the mean of their hours' temperatures, °F. */
function meterDays(name: string): ModelDay[] {
  const hours = Map.groupBy(columnsOfFile('il-tempF.csv.gz'), ([at = '']) => at.slice(0, 10))
  return columnsOfFile(`${name}.csv.gz`).flatMap(([at = '', kwh = '']) => {
    const known = (hours.get(at.slice(0, 10)) ?? []).flatMap(([, f = '']) => (f === '' ? [] : [Number(f)]))
    if (kwh === '' || known.length === 0) return []
    const outdoorC = known.reduce((sum, f) => sum + f, 0) / known.length
    return [{ day: Date.parse(at.slice(0, 10)) / DAY_MS, kwh: Number(kwh), outdoorC, load: 0 }]
  })
}

describe.skipIf(absent !== '')(`public meters come to what another program fitted${absent}`, () => {
  test.for(['il-electricity-cdd-hdd-daily', 'il-electricity-cdd-only-daily'])('%s', (name) => {
    const fitted = (JSON.parse(readFileSync(join(MV, 'fit.json'), 'utf8')) as Record<string, FittedElsewhere>)[name]!
    const [blackoutFrom, blackoutTo] = [Date.parse('2016-12-26') / DAY_MS, Date.parse('2017-01-04') / DAY_MS]
    const days = meterDays(name)
    const before = days.filter(({ day }) => day >= blackoutFrom - 365 && day < blackoutFrom)
    const after = days.filter(({ day }) => day >= blackoutTo && day < blackoutTo + 365)
    // Its method: balance points in whole °F, largest adjusted R², which counts coefficients but no change-points.
    const models = (['3PH', '3PC', '5P'] as const).flatMap((shape) => {
      const model = fitModel(before, formOf(shape), { stepsK: [1] })
      if (model === undefined) return []
      const statistics = statisticsOf(model, before)
      const coefficients = parametersOf(model.form) - model.changesC.length
      const adjusted = 1 - ((1 - statistics.r2) * (before.length - 1)) / (before.length - coefficients)
      return [{ model, statistics, coefficients, adjusted }]
    })
    const best = models.toSorted((a, b) => b.adjusted - a.adjusted)[0]!
    const { model, statistics, coefficients, adjusted } = best
    const balances = [fitted.heating_balance_F, fitted.cooling_balance_F].filter((it) => it !== null)
    expect(model.changesC.map((it) => Math.round(it * 1e6) / 1e6)).toEqual(balances)
    const { baseKwh, heatingKwhPerK, coolingKwhPerK } = model
    const own = [baseKwh, ...(heatingKwhPerK === 0 ? [] : [heatingKwhPerK]), coolingKwhPerK]
    for (const [n, it] of fitted.coefficients.entries()) expect(own[n]).toBeCloseTo(it, 5)
    expect(adjusted).toBeCloseTo(fitted.r2_adjusted, 5)
    // Ours divides by days less all parameters, as Guideline 14 does, theirs by days less coefficients.
    const divisor = Math.sqrt((before.length - statistics.parameters) / (before.length - coefficients))
    expect(statistics.cvRmse * divisor).toBeCloseTo(fitted.cv_rmse, 5)
    expect(statistics.nmbe).toBeCloseTo(0, 12)
    // Theirs takes pairs over all days, ours over one pair less.
    expect(statistics.autocorrelation).toBeCloseTo(fitted.rho1, 3)
    const predictedKwh = predictedSum(model, after)
    const measuredKwh = after.reduce((sum, { kwh }) => sum + kwh, 0)
    expect(predictedKwh).toBeCloseTo(fitted.counterfactual_kwh, 2)
    expect(measuredKwh).toBeCloseTo(fitted.observed_kwh, 2)
    expect(predictedKwh - measuredKwh).toBeCloseTo(fitted.avoided_kwh, 2)
  })
})
