import { evenDraws } from './draws.ts'
import { fitModel } from './fit.ts'
import { predict, type DailyModel, type ModelDay } from './model.ts'
import type { ChosenModel, DaysByBulb } from './choose.ts'
import { studentWithin } from './student.ts'

/**
 * Blocks of consecutive days: residuals hang together by weather and work, over two weeks and more. Circular, so that
 * each day is drawn as often (Politis and Romano, 1992).
 */
const BLOCK_DAYS = 28
const REPLICATES = 400
const SEED = 20_141_218
const NORMAL_WITHIN_90 = 1.6449

/**
 * How far a prediction of the report's sum may be from what would have come, kWh, at a confidence. Each replicate draws
 * blocks of the baseline, fits one of the rival forms to them, and adds errors of days that were held out.
 */
export function predictionHalfWidth(
  { bulb, model, rivals, heldOutKwh }: ChosenModel,
  baseline: DaysByBulb,
  report: DaysByBulb,
  confidence: number,
): number {
  const draw = evenDraws(SEED)
  const [days = [], ahead = []] = [baseline[bulb], report[bulb]]
  const predicted = predictedSum(model, ahead)
  const errors = new Float64Array(REPLICATES)
  const weights = new Uint16Array(days.length)
  for (let n = 0; n < REPLICATES; n++) {
    weights.fill(0)
    forBlocks(days.length, days.length, draw, (day) => (weights[day] = (weights[day] ?? 0) + 1))
    const rival = rivals[Math.floor(draw() * rivals.length)] ?? { bulb, form: model.form }
    const again = fitModel(baseline[rival.bulb] ?? days, rival.form, { weights })
    const foreseen = again === undefined ? predicted : predictedSum(again, report[rival.bulb] ?? ahead)
    let noise = 0
    forBlocks(ahead.length, days.length, draw, (day) => (noise += heldOutKwh[day] ?? 0))
    errors[n] = Math.abs(foreseen - predicted - noise)
  }
  return wideningOf(days.length / BLOCK_DAYS) * quantileOf(errors.sort(), confidence)
}

/** Few blocks spread less than what they are drawn from: as Student's t is wider than the normal law. */
function wideningOf(blocks: number): number {
  const degrees = Math.max(1, blocks - 1)
  return (studentWithin(0.9, degrees) / NORMAL_WITHIN_90) * Math.sqrt((degrees + 1) / degrees)
}

/** Draws blocks of `of` days until there are `count`. */
function forBlocks(count: number, of: number, draw: () => number, take: (day: number) => void): void {
  for (let taken = 0; taken < count;) {
    const first = Math.floor(draw() * of)
    for (let n = 0; n < BLOCK_DAYS && taken < count; n++, taken++) take((first + n) % of)
  }
}

export function predictedSum(model: DailyModel, days: readonly ModelDay[]): number {
  return days.reduce((sum, day) => sum + predict(model, day), 0)
}

/** A quantile of rising numbers, between the two nearest. */
function quantileOf(rising: Float64Array, share: number): number {
  const place = share * (rising.length - 1)
  const low = Math.floor(place)
  const [a = NaN, b = a] = [rising[low], rising[low + 1]]
  return a + (place - low) * (b - a)
}
