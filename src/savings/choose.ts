import { fitModel } from './fit.ts'
import { parametersOf, predict, MODEL_SHAPES, type DailyModel, type ModelDay, type ModelForm } from './model.ts'

/** Bulbs that a model may be in, by the days with that temperature. */
export type DaysByBulb = Readonly<Partial<Record<Bulb, readonly ModelDay[]>>>
export type Bulb = 'dry' | 'wet'

export interface ChosenModel {
  readonly bulb: Bulb
  readonly model: DailyModel
  /** Forms that did about as well, this one among them: another year might have chosen any of them. */
  readonly rivals: readonly TriedForm[]
  /** Errors of days that the model did not see, measured less predicted, kWh; in the order of the days. */
  readonly heldOutKwh: Float64Array
}

/** How a form did. */
export interface TriedForm {
  readonly bulb: Bulb
  readonly form: ModelForm
  /** CV(RMSE) over days that were held out. */
  readonly cvRmse: number
}

const FOLDS = 5
const BLOCK_DAYS = 14
/** A simpler form is taken where it errs by no more than this more. */
const TOLERANCE = 1.01
/** Forms that err by no more than this more are rivals. */
const RIVAL = 1.1

/**
 * Chooses the form with the least error out of sample. Blocks of two weeks are dealt into five parts, each of which is
 * predicted from the other four. Days of both bulbs are the same ones. Undefined: nothing can be fitted.
 */
export function chooseModel(
  byBulb: DaysByBulb,
  { load }: Pick<ModelForm, 'load'>,
): { chosen: ChosenModel; tried: TriedForm[] } | undefined {
  const tried: (TriedForm & { heldOutKwh: Float64Array })[] = []
  for (const form of formsWith(load)) {
    for (const bulb of ['dry', 'wet'] as const) {
      const days = byBulb[bulb]
      const heldOutKwh = days && heldOutErrors(days, form)
      if (heldOutKwh === undefined) continue
      tried.push({ bulb, form, heldOutKwh, cvRmse: cvOf(days ?? [], heldOutKwh) })
    }
  }
  tried.sort((a, b) => parametersOf(a.form) - parametersOf(b.form))
  const least = Math.min(...tried.map(({ cvRmse }) => cvRmse))
  const best = tried.find(({ cvRmse }) => cvRmse <= TOLERANCE * least)
  if (best === undefined) return undefined
  const { bulb, form, heldOutKwh } = best
  const model = fitModel(byBulb[bulb] ?? [], form)
  if (model === undefined) return undefined
  const told = tried.map(({ heldOutKwh: _, ...it }) => it)
  const rivals = told.filter(({ cvRmse }) => cvRmse <= RIVAL * least)
  return { chosen: { bulb, model, rivals, heldOutKwh }, tried: told }
}

function formsWith(load: boolean): ModelForm[] {
  return MODEL_SHAPES.flatMap((shape) =>
    [false, true].flatMap((week) =>
      (load && shape !== 'mean' ? [false, true] : [false]).map((scaled) => ({ shape, load, scaled, week })),
    ),
  )
}

/** Undefined: a part cannot be predicted from the others. */
function heldOutErrors(days: readonly ModelDay[], form: ModelForm): Float64Array | undefined {
  const firstDay = days[0]?.day ?? 0
  const foldOf = ({ day }: ModelDay) => Math.floor((day - firstDay) / BLOCK_DAYS) % FOLDS
  const errors = new Float64Array(days.length)
  for (let fold = 0; fold < FOLDS; fold++) {
    const weights = days.map((day) => (foldOf(day) === fold ? 0 : 1))
    if (!weights.includes(0)) continue
    if (!weights.includes(1)) return undefined
    const model = fitModel(days, form, { weights })
    if (model === undefined) return undefined
    for (const [n, day] of days.entries()) if (weights[n] === 0) errors[n] = day.kwh - predict(model, day)
  }
  return errors
}

function cvOf(days: readonly ModelDay[], errors: Float64Array): number {
  const mean = days.reduce((sum, { kwh }) => sum + kwh, 0) / days.length
  return Math.sqrt(errors.reduce((sum, it) => sum + it * it, 0) / days.length) / mean
}
