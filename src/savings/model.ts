/**
 * Daily models of a site's energy, named as in ASHRAE Guideline 14-2014 and IPMVP. A mean, a line (2P), or
 * lines that meet at change-points of the outdoor temperature (3P to 5P). A load and the day of the week may add to it.
 */

/** What a model is fitted to, and predicts. */
export interface ModelDay {
  /** Local date, days since 1970-01-01. */
  readonly day: number
  readonly kwh: number
  /** Dry or wet bulb, mean of the day. */
  readonly outdoorC: number
  /** Of any unit; 0 where the model has none. */
  readonly load: number
}

/** By number of parameters, fewest first. */
export const MODEL_SHAPES = ['mean', '2P', '3PH', '3PC', '4P', '5P'] as const
export type ModelShape = (typeof MODEL_SHAPES)[number]

export interface ModelForm {
  readonly shape: ModelShape
  readonly load: boolean
  /** What the temperature makes is in proportion to the load, as heat to be removed is. */
  readonly scaled: boolean
  readonly week: boolean
}

/** Energies in kWh a day. */
export interface DailyModel {
  readonly form: ModelForm
  /** Change-points, lowest first; of a line any one of its points. */
  readonly changesC: readonly number[]
  /** On a Monday at `loadMid`, at the change-points. */
  readonly baseKwh: number
  /** Per kelvin below the lower and above the upper change-point; of a line one is the other's opposite. */
  readonly heatingKwhPerK: number
  readonly coolingKwhPerK: number
  readonly kwhPerLoad: number
  readonly loadMid: number
  /** More than on a Monday, Tuesday first. */
  readonly weekKwh: readonly number[]
}

/** The day of the week, Monday 0: 1970-01-01 was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7
}

export function predict(model: DailyModel, { day, outdoorC, load }: ModelDay): number {
  const { form, changesC, baseKwh, heatingKwhPerK, coolingKwhPerK, kwhPerLoad, loadMid, weekKwh } = model
  const [lowC = outdoorC, highC = lowC] = changesC
  const below = Math.max(0, lowC - outdoorC)
  const above = Math.max(0, outdoorC - highC)
  const byAir = heatingKwhPerK * below + coolingKwhPerK * above
  const scale = form.scaled ? load / loadMid : 1
  return baseKwh + scale * byAir + kwhPerLoad * (load - loadMid) + (weekKwh[weekdayOf(day) - 1] ?? 0)
}

/** Parameters that are estimated, change-points included. */
export function parametersOf({ shape, load, week }: ModelForm): number {
  const own = shape === 'mean' ? 1 : Number(shape[0])
  return own + (load ? 1 : 0) + (week ? 6 : 0)
}
