/**
 * Compressors by lift and part load: a share of Carnot's coefficient of performance. Sources: ASHRAE 90.1-2019, table
 * 6.8.1-3: water-cooled centrifugal machines give 5.8..6.3 at 6.7/29.4 °C; table 6.8.1-16: small units 2.9..3.5 at 35
 * °C. Part load as of machines with variable speed: best at 50..75 %, 60 % of the best at 10 %. Range: lift 8..60 K.
 */
const LEAST_LIFT_K = 8

/** Coefficient of performance between two temperatures of the refrigerant; `efficiency` is the share of Carnot's. */
export function performance(evaporatorC: number, condenserC: number, efficiency: number): number {
  const liftK = Math.max(LEAST_LIFT_K, condenserC - evaporatorC)
  return (efficiency * (evaporatorC + 273.15)) / liftK
}

/** What is left of the efficiency at a share of the capacity, 1 at 65 %. */
export function partLoad(share: number): number {
  const off = share - 0.65
  return off < 0 ? 1 - 1.3 * off * off : 1 - 0.4 * off * off
}

/** What cycling on and off leaves of it: a unit at constant speed (AHRI 210/240, degradation coefficient 0.15). */
export function cycling(share: number): number {
  return 1 - 0.15 * (1 - Math.min(1, share))
}
