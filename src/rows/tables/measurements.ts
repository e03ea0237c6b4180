import { ALARM } from './alarm.ts'
import { ALARM_FIGURES } from './alarm-figures.ts'
import { AUDIT } from './audit.ts'
import { CLIMATE } from './climate.ts'
import { COMPLIANCE } from './compliance.ts'
import { ENERGY } from './energy.ts'
import { HEALTH } from './health.ts'
import { PUE } from './pue.ts'
import { QUALITY } from './quality.ts'
import { READING } from './reading.ts'
import { RESTATEMENT } from './restatement.ts'
import { SKEW } from './skew.ts'
import type { RowTable } from './table.ts'
import { INDICATOR } from './indicator.ts'
import { INTENSITY } from './intensity.ts'
import { OUTDOOR } from './outdoor.ts'
import { WATER } from './water.ts'

/** All measurements: the contract with InfluxDB, Grafana, `/api` and the local history. */
export const MEASUREMENTS = {
  energy: ENERGY,
  pue: PUE,
  climate: CLIMATE,
  compliance: COMPLIANCE,
  alarm: ALARM,
  quality: QUALITY,
  reading: READING,
  health: HEALTH,
  alarm_figures: ALARM_FIGURES,
  restatement: RESTATEMENT,
  audit: AUDIT,
  water: WATER,
  indicator: INDICATOR,
  skew: SKEW,
  intensity: INTENSITY,
  outdoor: OUTDOOR,
} as const

export type Measurement = keyof typeof MEASUREMENTS

/** The table of a name that may be none: undefined. */
export function tableNamed(name: string): RowTable | undefined {
  return isMeasurement(name) ? MEASUREMENTS[name] : undefined
}

export function isMeasurement(name: string): name is Measurement {
  return Object.hasOwn(MEASUREMENTS, name)
}
