/** Shares of a meter's energy that may be lost on the way to those fed from it. */
interface LossBand {
  least: number
  most: number
}

const BAND = /^(-?\d{1,2}(?:\.\d+)?) ?\.\. ?(\d{1,2}(?:\.\d+)?|100) ?%$/

/** A band such as `0..8 %`; undefined for any other text. */
export function lossBandOf(written: string): LossBand | undefined {
  const [, least, most] = BAND.exec(written) ?? []
  const band = { least: Number(least) / 100, most: Number(most) / 100 }
  return band.least < band.most ? band : undefined
}

export function bandFault(written: string): { reason: string; hint?: string } | undefined {
  if (lossBandOf(written) !== undefined) return undefined
  return {
    reason: `${JSON.stringify(written)} is not a band of losses`,
    hint: 'write two percentages, such as `0..8 %`',
  }
}
