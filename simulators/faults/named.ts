/** The faults of packets that a scenario can name, what each may be told, and what counts where it is not told. */
import * as faults from './faults.ts'

/** Seconds end in S; the others are numbers as the device prints them. */
export type FaultSettings = Readonly<Record<string, number>>

interface NamedFault {
  readonly usual: FaultSettings
  readonly make: (where: Stretch, settings: FaultSettings) => faults.PlantedFault
}

type Stretch = faults.Where & { readonly fromMs: number; readonly toMs: number }

export const NAMED_FAULTS = {
  badPayloads: { usual: {}, make: (where) => faults.badPayloads(where) },
  brokerCut: { usual: {}, make: (where) => faults.brokerCut(where) },
  conflict: { usual: { byS: 5 }, make: (where, it) => faults.conflict(msOf(it, 'byS'), where) },
  disorder: { usual: { byS: 5 }, make: (where, it) => faults.disorder(msOf(it, 'byS'), where) },
  duplicate: { usual: { byS: 5 }, make: (where, it) => faults.duplicate(msOf(it, 'byS'), where) },
  firmware: { usual: {}, make: (where) => faults.renamed(where) },
  futureStamps: {
    usual: { byS: 3600, upToS: 3600 },
    make: (where, it) => faults.futureStamps(msOf(it, 'byS'), msOf(it, 'upToS'), where),
  },
  gap: { usual: {}, make: (where) => faults.gap(where) },
  jitter: {
    usual: { digit: 0.001, upTo: 3 },
    make: (where, it) => faults.jitter(numberOf(it, 'digit'), numberOf(it, 'upTo'), where),
  },
  lateBurst: { usual: {}, make: (where) => faults.lateBurst(where) },
  restart: {
    usual: { opening: 0, modulus: Infinity },
    make: (where, it) => faults.restart(numberOf(it, 'opening'), where, numberOf(it, 'modulus')),
  },
  retainedRepeats: { usual: {}, make: (where) => faults.retainedRepeats(where) },
  reversed: { usual: {}, make: (where) => faults.reversed(where) },
  skew: { usual: { byS: 60 }, make: (where, it) => faults.skew(msOf(it, 'byS'), where) },
  spike: { usual: { times: 10 }, make: (where, it) => faults.spike(numberOf(it, 'times'), where) },
  strayTopics: { usual: {}, make: (where) => faults.strayTopics(where) },
  stuck: { usual: {}, make: (where) => faults.stuck(where) },
  unitSlip: { usual: { times: 1000 }, make: (where, it) => faults.unitSlip(where, numberOf(it, 'times')) },
  zero: { usual: {}, make: (where) => faults.zeroed(where) },
} satisfies Record<string, NamedFault>

export type FaultName = keyof typeof NAMED_FAULTS

/** Throws for a setting that the fault does not have. */
export function faultNamed(name: FaultName, where: Stretch, settings: FaultSettings): faults.PlantedFault {
  const { usual, make }: NamedFault = NAMED_FAULTS[name]
  const unknown = Object.keys(settings).find((setting) => !(setting in usual))
  if (unknown !== undefined) throw new Error(`the fault ${name} has no ${unknown}`)
  return make(where, { ...usual, ...settings })
}

function numberOf(settings: FaultSettings, name: string): number {
  return settings[name] ?? NaN
}

function msOf(settings: FaultSettings, name: string): number {
  return Math.round(numberOf(settings, name) * 1000)
}
