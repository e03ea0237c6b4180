// Numbers as texts for people, each way of writing them once.

export const J_IN_KWH = 3_600_000

/** `1,234,567`: a count. */
export function countText(count: number): string {
  return count.toLocaleString('en-US')
}

/** `1234.567`: joules as kWh, to the watt-hour. */
export function kwhText(joules: number): string {
  return (joules / J_IN_KWH).toFixed(3)
}

/** `1,234.57`: joules as kWh, for a column that is read from top to bottom. */
export function groupedKwhText(joules: number): string {
  return (joules / J_IN_KWH).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}

/** `12.5`: at most three decimals and no zeros at the end; in kWh, to the watt-hour. */
export function thousandthsText(amount: number): string {
  return String(Number(amount.toFixed(3)))
}

/** `12.35`: four digits are enough for a sentence. */
export function fourDigitsText(amount: number): string {
  return String(Number(amount.toPrecision(4)))
}

/** `98.7 %`: a share from 0 to 1. */
export function percentText(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
