/**
 * Moist air for the plant and its weather, after the ASHRAE Handbook - Fundamentals (2017, SI), chapter 1. It shares no
 * code with the product, whose air it is to prove. Valid from -60 to 60 °C and from 60 to 110 kPa.
 */

/** Heat capacity of air in J per K and kg of dry air, at a humidity ratio of 7.5 g/kg (1006 + 1860 × 0.0075). */
export const AIR_J_PER_KG_K = 1020
/** Heat of evaporation at 20 °C in J/kg (Handbook, table 3). */
export const VAPOUR_J_PER_KG = 2_454_000
/** Heat capacity of water at 20 °C in J per kg and K. */
export const WATER_J_PER_KG_K = 4186

/**
 * The plant's enthalpy in J per kg of dry air; liquid water has none. It is linear, so mixtures are exact. Differences
 * between two states of 5..45 °C and 2..16 g/kg agree with the Handbook's eq. 30 within 3 %.
 */
export function linearEnthalpy(dryC: number, ratio: number): number {
  return AIR_J_PER_KG_K * dryC + VAPOUR_J_PER_KG * ratio
}

/** Saturation pressure in Pa over water (Hyland and Wexler 1983, eq. 6), also of supercooled water. */
export function waterPaAt(tC: number): number {
  const k = tC + 273.15
  const polynomial = 1.3914993 + k * (-4.8640239e-2 + k * (4.1764768e-5 - k * 1.4452093e-8))
  return Math.exp(-5.8002206e3 / k + polynomial + 6.5459673 * Math.log(k))
}

/** Saturation pressure in Pa over ice, -100..0 °C (eq. 5). */
function icePaAt(tC: number): number {
  const k = tC + 273.15
  const polynomial = 6.3925247 + k * (-9.677843e-3 + k * (6.2215701e-7 + k * (2.0747825e-9 - k * 9.484024e-13)))
  return Math.exp(-5.6745359e3 / k + polynomial + 4.1635019 * Math.log(k))
}

/** Humidity ratio in kg water per kg of dry air, of a vapour pressure and a pressure in Pa (eq. 20). */
export function ratioFrom(vapourPa: number, pressurePa: number): number {
  return (0.621945 * vapourPa) / (pressurePa - vapourPa)
}

/** Humidity ratio of air that is saturated at a temperature, as it is at its dew point. */
export function ratioAtDew(dewC: number, pressurePa: number): number {
  return ratioFrom(waterPaAt(dewC), pressurePa)
}

/** Dew point in °C over water: Magnus (Sonntag 1990) mended by two steps of Newton's method. */
export function dewFrom(ratio: number, pressurePa: number): number {
  const vapourPa = (Math.max(ratio, 1e-6) * pressurePa) / (0.621945 + Math.max(ratio, 1e-6))
  const g = Math.log(vapourPa / 611.2)
  let dewC = (243.12 * g) / (17.62 - g)
  for (let step = 0; step < 2; step++) {
    const slope = (17.62 * 243.12) / (243.12 + dewC) ** 2
    dewC -= Math.log(waterPaAt(dewC) / vapourPa) / slope
  }
  return dewC
}

/** Thermodynamic wet bulb in °C (eq. 33 over water; eq. 35 over ice below 0 °C), by halving, within 1e-4 K. */
export function wetBulbFrom(dryC: number, ratio: number, pressurePa: number): number {
  let lowC = dryC - 45
  let highC = dryC
  if (ratioAtWetBulb(dryC, dryC, pressurePa) <= ratio) return dryC
  for (let step = 0; step < 19; step++) {
    const middleC = (lowC + highC) / 2
    if (ratioAtWetBulb(dryC, middleC, pressurePa) > ratio) highC = middleC
    else lowC = middleC
  }
  return (lowC + highC) / 2
}

/** Humidity ratio of air with this dry bulb and wet bulb. */
export function ratioAtWetBulb(dryC: number, wetC: number, pressurePa: number): number {
  const depressionK = dryC - wetC
  if (wetC >= 0) {
    const saturated = ratioFrom(waterPaAt(wetC), pressurePa)
    return ((2501 - 2.326 * wetC) * saturated - 1.006 * depressionK) / (2501 + 1.86 * dryC - 4.186 * wetC)
  }
  const saturated = ratioFrom(icePaAt(wetC), pressurePa)
  return ((2830 - 0.24 * wetC) * saturated - 1.006 * depressionK) / (2830 + 1.86 * dryC - 2.1 * wetC)
}

/** Pressure of the standard atmosphere in Pa, -5000..11000 m (eq. 3). */
export function pressureAt(altitudeM: number): number {
  return 101_325 * (1 - 2.25577e-5 * altitudeM) ** 5.2559
}

/** Air as sensors tell it. */
export interface AirState {
  dryBulbC: number
  dewPointC: number
}

/** Relative humidity over water in %, from dry bulb and dew point. */
export function humidityPct({ dryBulbC, dewPointC }: AirState): number {
  return Math.max(0, Math.min(100, (100 * waterPaAt(dewPointC)) / waterPaAt(dryBulbC)))
}
