import type { Config } from '../../config/config.ts'
import type { HistoryRow, Store } from '../../store/types.ts'

/** What a visitor is told: rounded and delayed, without a name that the configuration does not give for it. */
export interface PublicFacts {
  readonly title: string
  readonly language: Config['language']
  readonly timezone: string
  /** Nothing newer than this is told, epoch ms. */
  readonly asOfMs: number
  readonly delayMin: number
  /** Decimals of a PUE. */
  readonly digits: number
  readonly boundaries: readonly PublicBoundary[]
}

export interface PublicBoundary {
  readonly label: string
  /** Where the IT energy is measured: 1 UPS output, 2 PDU output, 3 IT input. */
  readonly category: number
  readonly windows: readonly PublicValue[]
  /** PUE of whole days, oldest first. */
  readonly days: readonly { readonly endMs: number; readonly pue: number }[]
}

interface PublicValue {
  readonly window: string
  /** Null: too little of the window is known. */
  readonly pue: number | null
  /** The true PUE lies within ± this (k = 2), rounded up; null: not known. */
  readonly uncertainty: number | null
  /** Share of the window that is known, rounded down. */
  readonly coverage: number | null
  readonly name: string
  readonly state: string
  readonly endMs: number | null
  /** Mean power, kW, in steps of 10; only where the configuration asks for it. */
  readonly facilityKw?: number | null
  readonly itKw?: number | null
}

export type PublicPage = NonNullable<Config['http']['publicPage']>

const DAYS = 90
const DAY_MS = 86_400_000
/** A row so much older than what is told has nothing to do with the present. */
const OLDEST_MS = 2 * DAY_MS
const KW_STEP = 10

/** Reads the newest rows that are old enough. */
export async function publicFacts(
  { site, boundaries, core, language }: Pick<Config, 'site' | 'boundaries' | 'core' | 'language'>,
  page: PublicPage,
  store: Pick<Store, 'history'>,
  nowMs: number,
): Promise<PublicFacts> {
  const asOfMs = nowMs - page.delayMin * 60_000
  const shown: PublicBoundary[] = []
  for (const [name, label] of Object.entries(page.boundaries)) {
    const windows: PublicValue[] = []
    for (const window of page.windows.filter((it) => core.windows.includes(it))) {
      const span = { fromMs: asOfMs - OLDEST_MS, toMs: asOfMs, newestFirst: true, limit: 1 }
      const [row] = await store.history('pue', { tags: { boundary: name, window }, ...span })
      windows.push(valueOf(row, window, page))
    }
    const span = { fromMs: asOfMs - DAYS * DAY_MS, toMs: asOfMs, limit: DAYS }
    const days = await store.history('pue', { tags: { boundary: name, window: 'day' }, ...span })
    shown.push({
      label,
      category: boundaries[name]?.category ?? 1,
      windows,
      days: days.flatMap(({ timeMs, fields }) => {
        const pue = rounded(fields['pue'], page.digits)
        return pue === null ? [] : [{ endMs: timeMs, pue }]
      }),
    })
  }
  return {
    title: page.title,
    language,
    timezone: site.timezone,
    asOfMs,
    delayMin: page.delayMin,
    digits: page.digits,
    boundaries: shown,
  }
}

function valueOf(row: HistoryRow | undefined, window: string, { digits, power }: PublicPage): PublicValue {
  const { pue, uncertainty, coverage, name, state, facility_j: facilityJ, it_j: itJ } = row?.fields ?? {}
  const knownS = typeof coverage === 'number' ? coverage * lengthS(window) : NaN
  const kw = (joules: unknown): number | null =>
    typeof joules === 'number' && knownS > 0 ? Math.round(joules / knownS / 1000 / KW_STEP) * KW_STEP : null
  return {
    window,
    pue: rounded(pue, digits),
    uncertainty: typeof uncertainty === 'number' ? Math.ceil(uncertainty * 10 ** digits) / 10 ** digits : null,
    coverage: typeof coverage === 'number' ? Math.floor(coverage * 100) / 100 : null,
    name: typeof name === 'string' ? name : 'PUE',
    state: typeof state === 'string' ? state : 'unknown',
    endMs: row?.timeMs ?? null,
    ...(power ? { facilityKw: kw(facilityJ), itKw: kw(itJ) } : {}),
  }
}

function rounded(number: unknown, digits: number): number | null {
  return typeof number === 'number' ? Number(number.toFixed(digits)) : null
}

/** NaN of a calendar window, whose length depends on the date. */
function lengthS(window: string): number {
  const [, count, unit = ''] = /^(\d+)([mhd])$/.exec(window) ?? []
  const seconds: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 }
  return Number(count) * (seconds[unit] ?? NaN)
}
