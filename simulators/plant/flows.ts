/**
 * What flowed in one step, as means over it: W of electricity and heat, kg/s of water and dry air. Filled anew by each
 * step; the books (balance.ts) and whoever reads a plant look here.
 */
export interface Flows {
  dtS: number
  // electricity, by component
  itW: number
  pduW: number
  upsW: number
  /** Into the batteries and kept, lost on the way, and out of them. */
  chargeW: number
  chargeLossW: number
  dischargeW: number
  transformerW: number
  heaterW: number
  fansW: number
  pumpsW: number
  compressorsW: number
  /** Fans of towers, condensers and dry coolers, and of the outer side of indirect coolers. */
  rejectionW: number
  humidifierW: number
  auxiliaryW: number
  // electricity and fuel, at the envelope
  utilityW: number
  generatorW: number
  fuelW: number
  // heat that leaves, at the envelope
  /** By condensers, towers, dry coolers and heat exchangers, without their fans. */
  rejectedW: number
  /** Enthalpy of the air that goes out, less that of the air that comes in. */
  airOutW: number
  wallsW: number
  /** Made outdoors or beside the halls: transformer, outer fans, generator, part of the UPS and the auxiliaries. */
  besideW: number
  // dry air across the envelope
  intakeKgS: number
  exhaustKgS: number
  leakKgS: number
  // water
  padKgS: number
  towerKgS: number
  driftKgS: number
  bleedKgS: number
  humidifierKgS: number
  condensedKgS: number
  makeupKgS: number
  /** Vapour that the air carries out, less what it carries in. */
  vapourOutKgS: number
  /** 1 while cooling runs without compressors. */
  free: number
}

export function createFlows(): Flows {
  return {
    dtS: 0,
    itW: 0,
    pduW: 0,
    upsW: 0,
    chargeW: 0,
    chargeLossW: 0,
    dischargeW: 0,
    transformerW: 0,
    heaterW: 0,
    fansW: 0,
    pumpsW: 0,
    compressorsW: 0,
    rejectionW: 0,
    humidifierW: 0,
    auxiliaryW: 0,
    utilityW: 0,
    generatorW: 0,
    fuelW: 0,
    rejectedW: 0,
    airOutW: 0,
    wallsW: 0,
    besideW: 0,
    intakeKgS: 0,
    exhaustKgS: 0,
    leakKgS: 0,
    padKgS: 0,
    towerKgS: 0,
    driftKgS: 0,
    bleedKgS: 0,
    humidifierKgS: 0,
    condensedKgS: 0,
    makeupKgS: 0,
    vapourOutKgS: 0,
    free: 0,
  }
}

/** Adds flows to sums, every one by its name: this is what a year of steps does most often. */
export function addFlows(sums: Flows, flows: Readonly<Flows>, times: number): void {
  sums.itW += flows.itW * times
  sums.pduW += flows.pduW * times
  sums.upsW += flows.upsW * times
  sums.chargeW += flows.chargeW * times
  sums.chargeLossW += flows.chargeLossW * times
  sums.dischargeW += flows.dischargeW * times
  sums.transformerW += flows.transformerW * times
  sums.heaterW += flows.heaterW * times
  sums.fansW += flows.fansW * times
  sums.pumpsW += flows.pumpsW * times
  sums.compressorsW += flows.compressorsW * times
  sums.rejectionW += flows.rejectionW * times
  sums.humidifierW += flows.humidifierW * times
  sums.auxiliaryW += flows.auxiliaryW * times
  sums.utilityW += flows.utilityW * times
  sums.generatorW += flows.generatorW * times
  sums.fuelW += flows.fuelW * times
  sums.rejectedW += flows.rejectedW * times
  sums.airOutW += flows.airOutW * times
  sums.wallsW += flows.wallsW * times
  sums.besideW += flows.besideW * times
  sums.intakeKgS += flows.intakeKgS * times
  sums.exhaustKgS += flows.exhaustKgS * times
  sums.leakKgS += flows.leakKgS * times
  sums.padKgS += flows.padKgS * times
  sums.towerKgS += flows.towerKgS * times
  sums.driftKgS += flows.driftKgS * times
  sums.bleedKgS += flows.bleedKgS * times
  sums.humidifierKgS += flows.humidifierKgS * times
  sums.condensedKgS += flows.condensedKgS * times
  sums.makeupKgS += flows.makeupKgS * times
  sums.vapourOutKgS += flows.vapourOutKgS * times
  sums.free += flows.free * times
}

/** Sets all that components add to back to 0, for a step of `dtS`. */
export function clearFlows(flows: Flows, dtS: number): void {
  flows.dtS = dtS
  flows.heaterW = 0
  flows.fansW = 0
  flows.pumpsW = 0
  flows.compressorsW = 0
  flows.rejectionW = 0
  flows.humidifierW = 0
  flows.rejectedW = 0
  flows.airOutW = 0
  flows.wallsW = 0
  flows.intakeKgS = 0
  flows.exhaustKgS = 0
  flows.leakKgS = 0
  flows.padKgS = 0
  flows.towerKgS = 0
  flows.driftKgS = 0
  flows.bleedKgS = 0
  flows.humidifierKgS = 0
  flows.condensedKgS = 0
  flows.makeupKgS = 0
  flows.vapourOutKgS = 0
  flows.free = 1
}
