// Moist air. Saturation after Hyland and Wexler (1983) as printed in the ASHRAE Handbook - Fundamentals (2017, SI),
// chapter 1, eq. 5 (over ice, -100..0 °C) and eq. 6 (over water, 0..200 °C). The water curve also serves supercooled
// water down to -60 °C. There it lies above Murphy and Koop (2005): by 0.1 % at -20 °C, 0.7 % at -40, 4.8 % at -60.
//
// Every function is total: NaN in gives NaN out, and so does anything outside the valid range.
// Relative humidity is over water at every temperature, as sensors report it (WMO-No. 8).
// Math.exp and Math.log may differ in the last bit between engines. What can reach a row is therefore rounded
// to 1e-6 K, 1e-6 % RH and 1e-9 kg/kg. Two engines then differ only if a true result lies on a rounding edge.

/** What vapour is in balance with below 0.01 °C. Above, it is always water. */
type Surface = 'water' | 'ice'

const ZERO_C_K = 273.15
const LOWEST_WATER_C = -60
const LOWEST_ICE_C = -100
const HIGHEST_C = 200
const TRIPLE_C = 0.01
const NEWTON_STEPS = 4
/** Of the pressure in Pa that both curves of Magnus have at 0 °C (Sonntag 1990). */
const LN_START = Math.log(611.2)

/**
 * Dew point in °C from dry bulb (°C, -60..200) and relative humidity (%, 0 < RH <= 100), within 1e-6 K of the
 * saturation curve; NaN below -60 °C. ASHRAE means dew points over water, also below 0 °C: only so its -12 °C meets 8 %
 * RH at about 25 °C. Over ice the result is a frost point, which in freezing air may lie above the dry bulb (D30).
 */
export function dewPointC(dryBulbC: number, humidityPct: number, over: Surface = 'water'): number {
  if (!(humidityPct > 0 && humidityPct <= 100)) return NaN
  if (!(dryBulbC >= LOWEST_WATER_C && dryBulbC <= HIGHEST_C)) return NaN
  const lnPa = Math.log(humidityPct / 100) + lnWaterPa(dryBulbC + ZERO_C_K)
  if (over === 'ice' && lnPa < lnWaterPa(TRIPLE_C + ZERO_C_K)) return frostPointC(lnPa)
  // start from Magnus (Sonntag 1990); a fixed number of steps, so that the work and the result do not vary
  let kelvin = (243.12 * (lnPa - LN_START)) / (17.62 - (lnPa - LN_START)) + ZERO_C_K
  for (let step = 0; step < NEWTON_STEPS; step++) kelvin -= (lnWaterPa(kelvin) - lnPa) / lnWaterSlope(kelvin)
  const dewC = kelvin - ZERO_C_K
  return dewC >= LOWEST_WATER_C - 1e-9 ? Math.min(rounded(dewC, 1e6), dryBulbC) : NaN
}

/**
 * Relative humidity in % (over water) from dry bulb and dew point, both °C. With `ice` a dew point below 0.01 °C is a
 * frost point. A dew point above saturation gives NaN: pass it through `soundDewPointC` first.
 */
export function rhPct(dryBulbC: number, dewC: number, over: Surface = 'water'): number {
  const pct = (100 * saturationPressurePa(dewC, over)) / saturationPressurePa(dryBulbC)
  return pct <= 100 + 1e-5 ? Math.min(rounded(pct, 1e6), 100) : NaN // 1e-5 %: a rounded dew point of saturated air
}

/** Humidity ratio in kg water per kg dry air, from dry bulb (°C), humidity (%) and pressure (Pa). Handbook, eq. 20. */
export function humidityRatio(dryBulbC: number, humidityPct: number, pressurePa: number): number {
  if (!(humidityPct > 0 && humidityPct <= 100)) return NaN
  const vapourPa = (humidityPct / 100) * saturationPressurePa(dryBulbC)
  return vapourPa < pressurePa ? rounded((0.621945 * vapourPa) / (pressurePa - vapourPa), 1e9) : NaN
}

/** Pressure of the standard atmosphere in Pa at an altitude in metres, -5000..11000. Handbook, eq. 3. */
export function standardPressurePa(altitudeM: number): number {
  if (!(altitudeM >= -5_000 && altitudeM <= 11_000)) return NaN
  return rounded(101_325 * Math.pow(1 - 2.25577e-5 * altitudeM, 5.2559), 1e6)
}

/**
 * Saturation vapour pressure in Pa at a temperature in °C: over water -60..200, over ice -100..0.01 and over water
 * above. Not rounded, since it enters no row.
 */
export function saturationPressurePa(tC: number, over: Surface = 'water'): number {
  const ice = over === 'ice' && tC <= TRIPLE_C
  if (!(tC >= (ice ? LOWEST_ICE_C : LOWEST_WATER_C) && tC <= HIGHEST_C)) return NaN
  return Math.exp(ice ? lnIcePa(tC + ZERO_C_K) : lnWaterPa(tC + ZERO_C_K))
}

/** A humidity as a sensor gives it, in %: above 100 and up to 105 it is 100, anything else outside (0, 100] is NaN. */
export function soundRhPct(raw: number): number {
  if (raw > 100 && raw <= 105) return 100
  return raw > 0 && raw <= 100 ? raw : NaN
}

/** A dew point as a sensor gives it, °C: up to 0.3 K above the dry bulb it is the dry bulb, more is NaN. */
export function soundDewPointC(dewC: number, dryBulbC: number): number {
  return dewC <= dryBulbC + 0.3 + 1e-9 ? Math.min(dewC, dryBulbC) : NaN
}

function frostPointC(lnPa: number): number {
  let kelvin = (272.62 * (lnPa - LN_START)) / (22.46 - (lnPa - LN_START)) + ZERO_C_K
  for (let step = 0; step < NEWTON_STEPS; step++) kelvin -= (lnIcePa(kelvin) - lnPa) / lnIceSlope(kelvin)
  const frostC = kelvin - ZERO_C_K
  // the two curves miss each other by 6e-9 at the triple point
  return frostC >= LOWEST_ICE_C ? rounded(Math.min(frostC, TRIPLE_C), 1e6) : NaN
}

function lnWaterPa(k: number): number {
  const polynomial = 1.3914993 + k * (-4.8640239e-2 + k * (4.1764768e-5 - k * 1.4452093e-8))
  return -5.8002206e3 / k + polynomial + 6.5459673 * Math.log(k)
}

function lnWaterSlope(k: number): number {
  return 5.8002206e3 / (k * k) - 4.8640239e-2 + k * (8.3529536e-5 - k * 4.3356279e-8) + 6.5459673 / k
}

function lnIcePa(k: number): number {
  const polynomial = 6.3925247 + k * (-9.677843e-3 + k * (6.2215701e-7 + k * (2.0747825e-9 - k * 9.484024e-13)))
  return -5.6745359e3 / k + polynomial + 4.1635019 * Math.log(k)
}

function lnIceSlope(k: number): number {
  const polynomial = -9.677843e-3 + k * (1.24431402e-6 + k * (6.2243475e-9 - k * 3.7936096e-12))
  return 5.6745359e3 / (k * k) + polynomial + 4.1635019 / k
}

function rounded(x: number, perUnit: number): number {
  return Math.round(x * perUnit) / perUnit + 0 // + 0: never -0
}
