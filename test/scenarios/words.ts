import { VIOLATIONS } from '../../src/core/contract/limits.ts'
import { ALARM_KINDS } from '../../src/core/contract/alarm-kinds.ts'
import { type Row } from '../../src/rows/rows.ts'
import type { Measurement } from '../../src/rows/tables/measurements.ts'

/** What each kind of row is told by: the tags of its series, then words in any order. */
interface Vocabulary {
  series: readonly string[]
  /** Field of a number on its own, and of a number before its unit. */
  bare?: string
  units?: Readonly<Record<string, string>>
  /** Field (or tag) of what follows a word. */
  named?: Readonly<Record<string, string>>
  /** Words that stand for themselves. */
  single: Readonly<Record<string, readonly [field: string, held: Row['fields'][string] | undefined]>>
}

const STATES = {
  provisional: ['state', 'provisional'],
  settled: ['state', 'settled'],
  restated: ['state', 'restated'],
} as const
const WORST_BANDS = {
  'worst-recommended': ['worst_band', 0],
  'worst-allowable': ['worst_band', 1],
  'worst-out': ['worst_band', 2],
  'worst-unknown': ['worst_band', 3],
} as const
const BANDS = { recommended: ['band', 0], allowable: ['band', 1], out: ['band', 2], unknown: ['band', 3] } as const

/** States whose word is no alarm's; `stale` is both, and said as `becomes stale`. */
const STATE_WORDS = [
  'raised',
  'acked',
  'cleared',
  'normal',
  'latched',
  'shelved',
  'unshelved',
  'suppressed',
  'out_of_service',
  'returned',
  'late',
  'chattering',
  'reclassified',
] as const

/** What the fold gives; the daemon's own health, and what it sums up of alarms, is told by no scenario. */
type FoldedMeasurement = Exclude<Measurement, 'health' | 'alarm_figures' | 'audit'> | 'notice'

const ALARM: Vocabulary = {
  series: [],
  bare: 'value',
  named: {
    of: 'source',
    limit: 'limit',
    id: 'id',
    severity: 'severity',
    by: 'who',
    why: 'why',
    until: 'until',
    becomes: 'state',
    peak: 'peak',
    side: 'side',
    unseen: 'unseen',
    unit: 'unit',
    routes: 'routes',
    cycles: 'cycles',
  },
  single: {
    ...Object.fromEntries(ALARM_KINDS.map((kind) => [kind, ['alarm', kind] as const])),
    ...Object.fromEntries(STATE_WORDS.map((state) => [state, ['state', state] as const])),
  },
}

export const VOCABULARY: Readonly<Record<FoldedMeasurement, Vocabulary>> = {
  energy: {
    series: ['point'],
    units: { J: 'energy_j', W: 'mean_w' },
    named: { coverage: 'coverage', estimated: 'estimated_share' },
    single: { ...STATES, nothing: ['energy_j', undefined] },
  },
  pue: {
    series: ['window'],
    bare: 'pue',
    named: {
      uncertainty: 'uncertainty',
      coverage: 'coverage',
      estimated: 'estimated_share',
      facility: 'facility_j',
      it: 'it_j',
      ups: 'ups_j',
      distribution: 'distribution_j',
      cooling: 'cooling_j',
      other: 'other_j',
      of: 'boundary',
    },
    single: {
      ...STATES,
      nothing: ['pue', undefined],
      unsure: ['uncertainty', undefined],
      unlost: ['cooling_j', undefined],
      unrest: ['other_j', undefined],
      suspect: ['suspect', true],
      sound: ['suspect', false],
      PUE: ['name', 'PUE'],
      iPUE: ['name', 'iPUE'],
      pPUE: ['name', 'pPUE'],
    },
  },
  water: {
    series: ['point'],
    units: { L: 'water_l', 'L/h': 'mean_l_h' },
    named: { coverage: 'coverage', estimated: 'estimated_share' },
    single: { ...STATES, nothing: ['water_l', undefined] },
  },
  intensity: {
    series: ['point'],
    units: { 'g/kWh': 'g_per_kwh' },
    named: { coverage: 'coverage', estimated: 'estimated_share' },
    single: { ...STATES, nothing: ['g_per_kwh', undefined] },
  },
  indicator: {
    series: ['indicator', 'window'],
    bare: 'value',
    named: {
      over: 'over',
      under: 'under',
      uncertainty: 'uncertainty',
      coverage: 'coverage',
      estimated: 'estimated_share',
      of: 'boundary',
    },
    single: {
      ...STATES,
      nothing: ['value', undefined],
      unsure: ['uncertainty', undefined],
      suspect: ['suspect', true],
      sound: ['suspect', false],
    },
  },
  climate: {
    series: ['inlet'],
    units: { C: 'dry_bulb_c', '%': 'rh_pct' },
    named: {
      dew: 'dew_point_c',
      wet: 'wet_bulb_c',
      ratio: 'humidity_ratio',
      enthalpy: 'enthalpy_j_kg',
      density: 'density_kg_m3',
      headroom: 'headroom_k',
      breaks: 'violations',
      rate15: 'rate_15min_k',
      rate60: 'rate_60min_k',
      flags: 'quality',
    },
    single: {
      ...BANDS,
      ...WORST_BANDS,
      sound: ['violations', ''],
      good: ['quality', ''],
      'no-rate15': ['rate_15min_k', undefined],
      'no-rate60': ['rate_60min_k', undefined],
      'no-t': ['dry_bulb_c', undefined],
      'no-rh': ['rh_pct', undefined],
      'no-dew': ['dew_point_c', undefined],
    },
  },
  restatement: {
    series: ['of', 'name', 'window'],
    named: { old: 'old', new: 'new', count: 'count', why: 'reason' },
    single: { unknown: ['old', undefined] },
  },
  compliance: {
    series: ['scope', 'name', 'window'],
    named: {
      recommended: 'recommended_pct',
      allowable: 'allowable_pct',
      out: 'out_pct',
      unknown: 'unknown_pct',
      worst: 'worst',
      worst_out: 'worst_out_pct',
      rci_hi: 'rci_hi',
      rci_lo: 'rci_lo',
      x_factor: 'x_factor',
      x_lower: 'x_factor_lower',
      x_upper: 'x_factor_upper',
      rti: 'rti_pct',
      within: 'within_allowable_pct',
      moisture_unknown: 'moisture_unknown_pct',
      dry_unknown: 'dry_bulb_unknown_pct',
      coverage: 'coverage',
      basis: 'basis',
      ...Object.fromEntries(VIOLATIONS.map((word) => [word, `pct_${word}`])),
    },
    single: {
      ...STATES,
      nothing: ['recommended_pct', undefined],
      nobody: ['worst', ''],
      warned: ['rci_warning', true],
      unwarned: ['rci_warning', false],
      clamped: ['x_clamped', true],
      unclamped: ['x_clamped', false],
      'no-rti': ['rti_pct', undefined],
      ...Object.fromEntries(VIOLATIONS.map((word) => [`no-${word}`, [`pct_${word}`, undefined] as const])),
    },
  },
  alarm: ALARM,
  notice: ALARM,
  quality: {
    series: ['source'],
    bare: 'value',
    named: { flags: 'flags', expected: 'expected' },
    single: {},
  },
  reading: {
    series: ['point'],
    named: { mean: 'mean', min: 'min', max: 'max', last: 'last', count: 'count', flags: 'quality' },
    single: { good: ['quality', ''] },
  },
  outdoor: {
    series: ['place'],
    units: { '°C': 'dry_bulb_c', 'J/kg': 'enthalpy_j_kg' },
    named: { rh: 'rh_pct', dew: 'dew_point_c', wet: 'wet_bulb_c' },
    single: { dry: ['rh_pct', undefined] },
  },
  skew: { series: ['source'], bare: 'skew_s', named: {}, single: {} },
}

export function measurementOf(word: string): FoldedMeasurement {
  for (const name of Object.keys(VOCABULARY) as FoldedMeasurement[]) if (name === word) return name
  throw new Error(`no kind of row is called ${word}`)
}

/** The first of an expectation's words that is not true of a row, or undefined; `msOf` reads a clock. */
export function differenceOf(words: readonly string[], row: Row, msOf: (clock: string) => number): string | undefined {
  const { bare, units, named, single } = VOCABULARY[measurementOf(row.measurement)]
  for (let n = 0; n < words.length; n++) {
    const word = words[n] ?? ''
    const next = words[n + 1] ?? ''
    const held = single[word]
    let fault: string | undefined
    if (/^\d+:\d\d/.test(word)) fault = row.timeMs === msOf(word) ? undefined : `time is not ${word}`
    else if (word === 'says') {
      const said = words.slice(n + 1).join(' ')
      fault = row.fields['message'] === said ? undefined : `it says "${row.fields['message']}", not "${said}"`
      n = words.length
    } else if (word === 'since') {
      fault = row.fields['since_ms'] === msOf(next) ? undefined : `since is ${row.fields['since_ms']}, not ${next}`
      n++
    } else if (/^r\d+$/.test(word)) fault = mismatch(row, 'revision', word.slice(1))
    else if (named?.[word] !== undefined) {
      fault = mismatch(row, named[word], next)
      n++
    } else if (held !== undefined) {
      const actual = row.fields[held[0]] ?? row.tags[held[0]]
      if (actual !== held[1]) fault = `${held[0]} is ${actual}, not ${held[1]}`
    } else {
      const field = units?.[next] ?? bare
      if (field === undefined || Number.isNaN(Number(word))) throw new Error(`what is "${word}" of ${row.measurement}?`)
      fault = mismatch(row, field, word)
      if (units?.[next] !== undefined) n++
    }
    if (fault !== undefined) return fault
  }
  return undefined
}

/** Says how a field differs from what is written, a number by as many decimals as it is written with. */
function mismatch(row: Row, field: string, written: string): string | undefined {
  const actual = row.fields[field] ?? row.tags[field]
  const decimals = written.split('.')[1]?.length ?? 0
  const same =
    typeof actual === 'number' && written !== ''
      ? actual.toFixed(decimals) === Number(written).toFixed(decimals)
      : actual === written
  return same ? undefined : `${field} is ${actual}, not ${written}`
}
