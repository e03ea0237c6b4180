/**
 * What can be told to happen, by the names that scenario files and the command line use:
 *
 *     NAME[:TARGET]@BEGIN/LENGTH[,SETTING=NUMBER…]     gateway-down:h1@+1h/30m     inlet:h1-r3@10:00/15m,toC=34
 */
import { isSparkplug } from '../../src/ingest/sparkplug/topics.ts'
import { NAMED_FAULTS, type FaultName } from '../faults/named.ts'
import { WHOLE, type PlantHealth } from '../plant/spec.ts'
import type { Event } from './scenario.ts'

/** Without its stretch. */
type Happening = Event extends infer One ? (One extends Event ? Omit<One, 'fromS' | 'toS'> : never) : never

/** What a target may name. Topics are those of a gateway, point, inlet, hall, or one by its name. */
export interface Target {
  readonly name: string
  readonly topics: readonly string[]
  /** Of a point that shares its topic, its member of the payload; undefined: it is the whole topic that is named. */
  readonly member: string | undefined
  /** The dry bulb of an inlet, or the point itself; undefined: it names neither. */
  readonly point: string | undefined
}

export interface EventKind {
  readonly about: string
  readonly target: 'needed' | 'allowed' | 'none'
  /** The settings that may be told, with what counts where they are not; NaN: nothing does. */
  readonly settings: Readonly<Record<string, number>>
  /** Those of them that may be less than 0. */
  readonly signed?: readonly string[]
  /** Throws with the reason where target and settings do not fit. */
  readonly make: (target: Target | undefined, settings: Readonly<Record<string, number>>) => Happening
}

const PARTS: Readonly<Record<string, readonly [part: keyof PlantHealth, about: string]>> = {
  'chiller-trip': ['compressors', 'compressors stand still; left=0.5: half of them run'],
  'crah-fan': ['fans', 'fans of the air handlers stand still'],
  pump: ['pumps', 'pumps of the cold water stand still'],
  'water-cut': ['water', 'no water for towers, pads and humidifiers'],
  'utility-outage': ['utility', 'no mains: battery, then generator'],
  'generator-fail': ['generator', 'the generator does not start'],
  'humidifier-stuck': ['humidifier', 'the humidifier gives no steam'],
  'door-open': ['doors', 'the halls’ doors stand open'],
}

const FAULT_WORDS: Readonly<Record<FaultName, string>> = {
  badPayloads: 'payloads that cannot be read',
  brokerCut: 'nothing gets through; what devices keep comes at the end, what they send with QoS 0 is lost',
  conflict: 'a copy of the same stamp with other numbers, up to byS later',
  disorder: 'packets come up to byS later',
  duplicate: 'packets come a second time, up to byS later',
  firmware: 'members of the payload get other names',
  futureStamps: 'stamps from byS to byS + upToS ahead',
  gap: 'packets never come; share: a part of them',
  jitter: 'counts come out up to `upTo` digits of size `digit` too low',
  lateBurst: 'packets are stored and come all at once at the end (store and forward)',
  restart: 'a counter begins anew at `opening`, wrapping at `modulus`',
  retainedRepeats: 'after a packet met (share) the broker hands out the last of each topic again, retained',
  reversed: 'numbers change their sign',
  skew: 'the device’s clock is off by byS, less than 0: slow',
  spike: 'numbers are `times` what they were; share: single ones',
  strayTopics: 'copies come under topics that nobody configured',
  stuck: 'the first numbers are repeated',
  unitSlip: 'numbers are `times` what they were (W told as kW: 1000)',
  zero: 'numbers are 0 and then go on (a register’s zero and return)',
}

/** Faults that write a payload anew, for which they have to know its form. */
export const REWRITING_FAULTS: ReadonlySet<FaultName> = new Set([
  'conflict',
  'firmware',
  'futureStamps',
  'jitter',
  'restart',
  'reversed',
  'skew',
  'spike',
  'stuck',
  'unitSlip',
  'zero',
])

/** By name, in the order in which they are told. */
export const EVENT_KINDS: Readonly<Record<string, EventKind>> = {
  inlet: {
    about: 'the air at an inlet goes to toC, or is addK warmer',
    target: 'needed',
    settings: { toC: NaN, addK: NaN },
    signed: ['toC', 'addK'],
    make: (target, { toC = NaN, addK = NaN }) => {
      if (Number.isNaN(toC) === Number.isNaN(addK)) throw new Error('an inlet is told either toC or addK')
      const { name = '' } = target ?? {}
      if (target?.point === undefined) throw new Error(`${name} is no inlet`)
      return Number.isNaN(toC) ? { what: 'inlet', name, addK } : { what: 'inlet', name, toC }
    },
  },
  load: {
    about: 'what the servers have to do is multiplied by `times`',
    target: 'none',
    settings: { times: 1.2 },
    make: (_, { times = NaN }) => ({ what: 'load', factor: times }),
  },
  'heat-wave': {
    about: 'the air outside is addK warmer; it comes and goes within six hours',
    target: 'none',
    settings: { addK: 8 },
    signed: ['addK'],
    make: (_, { addK = NaN }) => ({ what: 'weather', addK }),
  },
  ...Object.fromEntries(Object.entries(PARTS).map(([name, [part, about]]) => [name, partKind(part, about)])),
  'gateway-down': { ...silenceKind('nothing comes from a gateway'), target: 'needed' },
  silence: { ...silenceKind('nothing comes from a gateway, point, inlet or topic'), target: 'needed' },
  'sensor-drift': {
    about: 'a sensor drifts by kPerHour (in its own base unit) and is sound again at the end',
    target: 'needed',
    settings: { kPerHour: 1 },
    signed: ['kPerHour'],
    make: (target, { kPerHour = NaN }) => ({ what: 'sensor', point: pointOf(target), how: 'drift', kPerHour }),
  },
  'hot-aisle': {
    about: 'the sensor of an inlet hangs behind the rack',
    target: 'needed',
    settings: {},
    make: (target) => ({ what: 'sensor', point: pointOf(target), how: 'hotAisle' }),
  },
  swapped: {
    about: 'the sensor of an inlet shows the outlet, that of an outlet the inlet',
    target: 'needed',
    settings: {},
    make: (target) => ({ what: 'sensor', point: pointOf(target), how: 'swapped' }),
  },
  ...Object.fromEntries(
    (Object.keys(NAMED_FAULTS) as FaultName[]).map((fault) => [writtenName(fault), faultKind(fault)]),
  ),
  'broker-cut': { ...faultKind('brokerCut'), target: 'none', settings: {} },
}

function partKind(part: keyof PlantHealth, about: string): EventKind {
  return {
    about,
    target: 'none',
    settings: { left: 0 },
    make: (_, { left = NaN }) => {
      if (!(left >= 0 && left <= WHOLE[part])) throw new Error('left is a share from 0 to 1')
      return { what: 'plant', part, left }
    },
  }
}

function silenceKind(about: string): Pick<EventKind, 'about' | 'settings' | 'make'> {
  return {
    about,
    settings: {},
    make: (target) => ({ what: 'silence', topics: target?.topics ?? [] }),
  }
}

function faultKind(fault: FaultName): EventKind {
  return {
    about: FAULT_WORDS[fault],
    target: 'allowed',
    settings: { share: 1, ...NAMED_FAULTS[fault].usual },
    signed: fault === 'skew' ? ['byS'] : [],
    make(target, { share = 1, ...settings }) {
      if (REWRITING_FAULTS.has(fault) && target?.topics.every(isSparkplug) === true) {
        throw new Error(`${writtenName(fault)} changes JSON and plain numbers, and ${target.name} speaks Sparkplug B`)
      }
      return {
        what: 'fault',
        fault,
        settings,
        ...(share < 1 && { share }),
        ...(target !== undefined && { topics: target.topics }),
        ...(target?.member !== undefined && { members: [target.member] }),
      }
    },
  }
}

function pointOf(target: Target | undefined): string {
  if (target?.point === undefined) throw new Error('a sensor is named by its inlet or its point')
  return target.point
}

/** `unitSlip` is written unit-slip. */
function writtenName(fault: FaultName): string {
  return fault.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
