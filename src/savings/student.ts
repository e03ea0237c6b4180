/** The number that Student's t stays within ± of with the given probability. `degrees` may be no whole number. */
export function studentWithin(probability: number, degrees: number): number {
  let [low, high] = [0, 1]
  while (withinShare(high, degrees) < probability && high < 1e6) high *= 2
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2
    if (withinShare(middle, degrees) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(|t| ≤ x) = 1 − I(ν/(ν+x²); ν/2, 1/2) with the regularised incomplete beta function. */
function withinShare(x: number, degrees: number): number {
  return 1 - betaShare(degrees / (degrees + x * x), degrees / 2, 0.5)
}

/** I(x; a, b), by the continued fraction of DLMF 8.17.22 on the side on which it converges fast. */
function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, b, a)
  const front = Math.exp(a * Math.log(x) + b * Math.log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a
  let fraction = 1
  for (let n = 200; n > 0; n--) {
    const m = n >> 1
    const odd = n % 2 === 1
    const term = odd
      ? (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
      : (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    fraction = 1 + term / fraction
  }
  return front / fraction
}

/** Stirling's series (DLMF 5.11.1) behind a shift upwards; good to 1e-13. */
function logGamma(x: number): number {
  let shift = 0
  let y = x
  for (; y < 10; y++) shift += Math.log(y)
  const series = 1 / (12 * y) - 1 / (360 * y ** 3) + 1 / (1260 * y ** 5) - 1 / (1680 * y ** 7)
  return (y - 0.5) * Math.log(y) - y + Math.log(2 * Math.PI) / 2 + series - shift
}
