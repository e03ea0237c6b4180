import type { Amount } from '../core/contract/quotients.ts'

/** What a unit measures. Base units: W, J, m³/s, m³, °C, %, Pa and g/kWh. */
export type Quantity = 'power' | 'energy' | 'flow' | 'volume' | 'temperature' | 'humidity' | 'pressure' | 'intensity'

/**
 * From a declared unit to the quantity's base unit: base = (raw × scale + offset) ÷ divisor.
 * In this order and with whole factors, published points come out exact: 32 °F is 0 °C, 80.6 °F is 27 °C, 212 °F is 100
 * °C.
 */
export interface Conversion {
  quantity: Quantity
  scale: number
  offset: number
  divisor: number
}

/**
 * The units a point may declare, by their exact spelling: SI brochure, 9th edition; °F and the US gallon from NIST SP
 * 811, B.8.
 */
export const UNITS: Readonly<Record<string, Conversion>> = Object.freeze(
  // Without a prototype, so that no one may declare the unit `constructor`.
  Object.assign(Object.create(null) as Record<string, Conversion>, {
    W: unit('power', 1),
    kW: unit('power', 1e3),
    MW: unit('power', 1e6),
    J: unit('energy', 1),
    Wh: unit('energy', 3600),
    kWh: unit('energy', 3.6e6),
    MWh: unit('energy', 3.6e9),
    'm³': unit('volume', 1),
    m3: unit('volume', 1),
    L: unit('volume', 1, 0, 1000),
    gal: unit('volume', 3785.411784, 0, 1e6),
    'm³/h': unit('flow', 1, 0, 3600),
    'm3/h': unit('flow', 1, 0, 3600),
    'L/s': unit('flow', 1, 0, 1000),
    'L/min': unit('flow', 1, 0, 60_000),
    'L/h': unit('flow', 1, 0, 3_600_000),
    'gal/min': unit('flow', 3785.411784, 0, 60e6),
    '°C': unit('temperature', 1),
    '°F': unit('temperature', 5, -160, 9),
    K: unit('temperature', 1, -273.15),
    '%': unit('humidity', 1),
    Pa: unit('pressure', 1),
    'g/kWh': unit('intensity', 1),
    'kg/MWh': unit('intensity', 1),
    'kg/kWh': unit('intensity', 1000),
  }),
)

/** What a point of a unit counts, or how fast; undefined: it is a gauge. */
export function amountOf(unit: string | undefined): Exclude<Amount, 'temperature'> | undefined {
  const quantity = unit === undefined ? undefined : UNITS[unit]?.quantity
  if (quantity === 'power' || quantity === 'energy') return 'energy'
  if (quantity === 'flow' || quantity === 'volume') return 'water'
  return quantity === 'intensity' ? 'intensity' : undefined
}

interface Counted {
  readonly unit?: string | undefined
  readonly kind?: unknown
}

/** What a point counts: its unit's amount, or the temperature that it keeps as a rate. */
export function amountOfPoint({ unit, kind }: Counted): Amount | undefined {
  const isRate = kind === 'power' || kind === 'mean'
  return unit !== undefined && isRate && UNITS[unit]?.quantity === 'temperature' ? 'temperature' : amountOf(unit)
}

/** The conversion of a meter, which counts water in mL: its sums are whole numbers. */
export function meteredBase(conversion: Conversion): Conversion {
  const isWater = conversion.quantity === 'volume' || conversion.quantity === 'flow'
  return isWater ? { ...conversion, scale: conversion.scale * 1e6 } : conversion
}

/** Counts of registers are exact up to here, 2.5 TWh; none is taken beyond. */
export const LARGEST_COUNT_J = Number.MAX_SAFE_INTEGER

/** A raw number of the declared unit in base units. NaN and infinities pass through. */
export function toBase(conversion: Conversion, raw: number): number {
  return (raw * conversion.scale + conversion.offset) / conversion.divisor
}

function unit(quantity: Quantity, scale: number, offset = 0, divisor = 1): Conversion {
  return Object.freeze({ quantity, scale, offset, divisor })
}
