import type { FaultName } from './named.ts'

/**
 * What becomes of the readings of planted faults: one of `surely` has to be seen, those of `perhaps` may. All else is
 * accepted, or never came.
 */
export const FAULT_OUTCOMES: Readonly<Record<FaultName, { surely?: readonly string[]; perhaps?: readonly string[] }>> =
  {
    badPayloads: { surely: ['bad_payload', 'no_value'], perhaps: ['non_finite', 'bad_time'] },
    brokerCut: { perhaps: ['too_late'] },
    conflict: { surely: ['conflict'] },
    disorder: { perhaps: ['too_late', 'before_birth'] },
    duplicate: { surely: ['duplicate', 'before_birth'] },
    firmware: { surely: ['no_value', 'bad_payload'] },
    futureStamps: { surely: ['future'] },
    gap: { perhaps: ['before_birth'] },
    jitter: {},
    lateBurst: { perhaps: ['too_late'] },
    restart: { perhaps: ['out_of_range'] },
    retainedRepeats: { surely: ['duplicate', 'retained'], perhaps: ['too_late'] },
    reversed: { surely: ['negative', 'out_of_range'] },
    skew: { perhaps: ['future', 'too_late', 'duplicate', 'conflict'] },
    spike: { perhaps: ['out_of_range'] },
    strayTopics: { surely: ['unknown_topic', 'orphan'] },
    stuck: {},
    unitSlip: { perhaps: ['out_of_range'] },
    zero: { perhaps: ['out_of_range'] },
  }
