import { saturationPressurePa } from './psychro.ts'

// What else is known of moist air at the pressure of the site, after the ASHRAE Handbook - Fundamentals (2017, SI),
// chapter 1. Total as psychro.ts is: NaN in or out of range gives NaN. Rounded, for what reaches a row.

const STEPS = 8 // of Newton's method, at most

/** Humidity ratio in kg water per kg dry air, of a vapour pressure and a pressure in Pa. Eq. 20. */
export function ratioOfVapour(vapourPa: number, pressurePa: number): number {
  return vapourPa >= 0 && vapourPa < pressurePa ? (0.621945 * vapourPa) / (pressurePa - vapourPa) : NaN
}

/**
 * Humidity ratio in kg/kg of air with this dry bulb and thermodynamic wet bulb (°C, the latter at most the former) at a
 * pressure in Pa. Eq. 33 over water, eq. 35 over ice below 0 °C. Below 0 where the air could not be so dry.
 */
export function ratioOfWetBulb(dryBulbC: number, wetBulbC: number, pressurePa: number): number {
  return ratioOfSaturated(dryBulbC, wetBulbC, ratioOfVapour(saturationAt(wetBulbC), pressurePa))
}

/** Vapour pressure in Pa of a wick: over water, or over ice below 0 °C. */
function saturationAt(wetBulbC: number): number {
  return saturationPressurePa(wetBulbC, wetBulbC < 0 ? 'ice' : 'water')
}

/** `ratioOfWetBulb`, given the humidity ratio of air that is saturated at the wet bulb. */
function ratioOfSaturated(dryBulbC: number, wetBulbC: number, saturated: number): number {
  const depressionK = dryBulbC - wetBulbC
  if (wetBulbC >= 0) {
    return ((2501 - 2.326 * wetBulbC) * saturated - 1.006 * depressionK) / (2501 + 1.86 * dryBulbC - 4.186 * wetBulbC)
  }
  return ((2830 - 0.24 * wetBulbC) * saturated - 1.006 * depressionK) / (2830 + 1.86 * dryBulbC - 2.1 * wetBulbC)
}

/**
 * Thermodynamic wet bulb in °C, within 1e-6 K up to 70 °C; below 0 °C over ice, as a frozen wick shows it. From dry
 * bulb (°C, -60..80), humidity (%, 0 < RH <= 100) and pressure (Pa, 60,000 and up). Eq. 33 and 35, solved by Newton's
 * method with the slope of Magnus' curve. NaN below -60 °C, and where water would boil.
 */
export function wetBulbC(dryBulbC: number, humidityPct: number, pressurePa: number): number {
  if (!(humidityPct > 0 && humidityPct <= 100 && dryBulbC <= 80)) return NaN
  const saturatedPa = saturationPressurePa(dryBulbC)
  const ratio = ratioOfVapour((humidityPct / 100) * saturatedPa, pressurePa)
  // Over water and over ice the two equations differ a little at 0 °C; between them lies melting ice.
  const frozen = dryBulbC < 0 || ratio < ratioOfWetBulb(dryBulbC, 0, pressurePa)
  const highestC = frozen ? Math.min(dryBulbC, -1e-9) : dryBulbC
  const lowestC = frozen ? -60 : 0
  let tryC = Math.min(highestC, 55)
  for (let step = 0; step < STEPS; step++) {
    const vapourPa = tryC === dryBulbC && tryC >= 0 ? saturatedPa : saturationAt(tryC)
    const saturated = ratioOfVapour(vapourPa, pressurePa)
    const miss = ratioOfSaturated(dryBulbC, tryC, saturated) - ratio
    const saturatedPerK = (saturated * perKelvin(tryC) * pressurePa) / (pressurePa - vapourPa)
    const nextC = Math.min(highestC, Math.max(lowestC, tryC - miss / slopeOfWetBulb(dryBulbC, tryC, saturatedPerK)))
    const movedK = Math.abs(nextC - tryC)
    tryC = nextC
    // Each further step is at most half as long, so that none would change what is told
    if (movedK < 1e-7 && rounded(tryC - movedK, 1e6) === rounded(tryC + movedK, 1e6)) break
  }
  return tryC > -60 ? rounded(tryC, 1e6) : NaN
}

/** About by what share the saturation pressure rises with a kelvin: the slope of Magnus' curve. */
function perKelvin(wetBulbC: number): number {
  return wetBulbC < 0 ? (22.46 * 272.62) / (272.62 + wetBulbC) ** 2 : (17.62 * 243.12) / (243.12 + wetBulbC) ** 2
}

/** About how much `ratioOfWetBulb` rises with a kelvin of wet bulb, and by `saturatedPerK` that of saturated air. */
function slopeOfWetBulb(dryBulbC: number, wetBulbC: number, saturatedPerK: number): number {
  const frozen = wetBulbC < 0
  const heat = frozen ? 2830 + 1.86 * dryBulbC - 2.1 * wetBulbC : 2501 + 1.86 * dryBulbC - 4.186 * wetBulbC
  return ((frozen ? 2830 : 2501) * saturatedPerK + 1.006) / heat
}

/** Enthalpy in J per kg of dry air, from dry bulb (°C, -60..200) and humidity ratio (kg/kg, >= 0). Eq. 30. */
export function enthalpyJPerKg(dryBulbC: number, ratio: number): number {
  if (!(dryBulbC >= -60 && dryBulbC <= 200 && ratio >= 0)) return NaN
  return rounded(1000 * (1.006 * dryBulbC + ratio * (2501 + 1.86 * dryBulbC)), 1e3)
}

/** Density in kg moist air per m³, of dry bulb (°C, -60..200), humidity ratio (kg/kg), pressure (Pa). Eq. 26 and 9b. */
export function densityKgPerM3(dryBulbC: number, ratio: number, pressurePa: number): number {
  if (!(dryBulbC >= -60 && dryBulbC <= 200 && ratio >= 0 && pressurePa > 0)) return NaN
  const volume = (287.042 * (dryBulbC + 273.15) * (1 + 1.607858 * ratio)) / pressurePa
  return rounded((1 + ratio) / volume, 1e9)
}

function rounded(x: number, perUnit: number): number {
  return Math.round(x * perUnit) / perUnit + 0
}
