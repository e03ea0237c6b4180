/** The air at a place outside by its points; -1: it has none of these. */
export interface OutdoorPlan {
  readonly dryBulb: number
  readonly humidity: number
  readonly dewPoint: number
}

export function outdoorPoints({ dryBulb, humidity, dewPoint }: OutdoorPlan): number[] {
  return [dryBulb, humidity, dewPoint].filter((point) => point >= 0)
}
