import { isDeepStrictEqual } from 'node:util'
import type { EnergyReport } from '../config/reporting/report-schema.ts'
import { YEAR_COVERAGE } from './model/indicators.ts'

/** A site's part of a fleet: what its pack says of the period, and what is made of it. */
interface FleetSite {
  readonly site: string
  readonly pack: string
  readonly facilityKwh: number
  readonly itKwh: number
  readonly waterM3: number
  readonly pue: number
  readonly wue: number
}

/** A site that is left out, and why. */
interface LeftOut {
  readonly site: string
  readonly pack: string
  readonly because: string
}

/**
 * Several sites over one period, of sums: no mean of quotients hides a site. `rdce` is the mean of PUE and WUE, both
 * weighed by what stands behind it in its name (standards: Scaleway 2020; a form that others have described).
 */
export interface FleetReport {
  readonly form: 1
  readonly official: false
  readonly period: string
  readonly rules: string
  readonly sites: readonly FleetSite[]
  readonly leftOut: readonly LeftOut[]
  readonly facilityKwh: number
  readonly itKwh: number
  readonly waterM3: number
  /** Undefined: no site is complete. */
  readonly pue: number | undefined
  readonly wue: number | undefined
  readonly rdceItMwh: number | undefined
  /** Mean of the sites' PUE, weighed by E_DC, as Annex IV of 2024/1364 has it: another number than the PUE of sums. */
  readonly pueByFacility: number | undefined
  readonly best: string | undefined
  readonly worst: string | undefined
}

interface FleetPack {
  readonly pack: string
  /** Undefined: the pack is not sound. */
  readonly report: EnergyReport | undefined
  readonly because: string
}

const MWH_IN_KWH = 1000

/** Sums up what all sound and complete packs of a period say. The first sound one says which period and rules. */
export function fleetOf(packs: readonly FleetPack[]): FleetReport {
  const first = packs.find(({ report }) => report !== undefined)?.report
  const sites: FleetSite[] = []
  const leftOut: LeftOut[] = []
  for (const { pack, report, because } of packs) {
    const why = report === undefined ? because : whyNot(report, first, sites)
    const amounts = report === undefined ? undefined : amountsOf(report)
    if (why !== '' || amounts === undefined || report === undefined) {
      leftOut.push({ site: report?.site ?? '?', pack, because: why })
      continue
    }
    const [facilityKwh = NaN, itKwh = NaN, waterM3 = NaN] = amounts
    const wue = waterM3 / (itKwh / MWH_IN_KWH)
    sites.push({ site: report.site, pack, facilityKwh, itKwh, waterM3, pue: facilityKwh / itKwh, wue })
  }
  const [facilityKwh, itKwh, waterM3] = [total(sites, 'facilityKwh'), total(sites, 'itKwh'), total(sites, 'waterM3')]
  const quotient = (over: number, under: number) => (under > 0 ? over / under : undefined)
  const [pue, wue] = [quotient(facilityKwh, itKwh), quotient(waterM3 * MWH_IN_KWH, itKwh)]
  const byPue = sites.toSorted((a, b) => a.pue - b.pue)
  return {
    form: 1,
    official: false,
    period: first?.period.name ?? '',
    rules: first?.rules.id ?? '',
    sites,
    leftOut,
    facilityKwh,
    itKwh,
    waterM3,
    pue,
    wue,
    rdceItMwh: pue === undefined || wue === undefined ? undefined : (pue + wue) / 2,
    pueByFacility: quotient(
      sites.reduce((sum, it) => sum + it.pue * it.facilityKwh, 0),
      facilityKwh,
    ),
    best: byPue[0]?.site,
    worst: byPue.at(-1)?.site,
  }
}

/** Why a site does not count; empty: it does. */
function whyNot(report: EnergyReport, first: EnergyReport | undefined, before: readonly FleetSite[]): string {
  const { period, rules, coverage, site } = report
  if (first === undefined) return 'nothing to compare it with'
  if (period.name !== first.period.name) return `its period is ${period.name}, not ${first.period.name}`
  if (rules.id !== first.rules.id) return `its rules are ${rules.id}, not ${first.rules.id}`
  if (!isDeepStrictEqual(rules.digests, first.rules.digests)) return `its rules ${rules.id} are of another text`
  if (before.some((it) => it.site === site)) return 'the site is there already'
  if (coverage < YEAR_COVERAGE) return `only ${(100 * coverage).toFixed(2)} % of it is known`
  const names = ['e_dc', 'e_it', 'w_in']
  const missing = names.filter((_, n) => amountsOf(report)[n] === undefined)
  if (missing.length > 0) return `${missing.join(', ')} missing`
  const water = report.fields.find(({ id }) => id === 'w_in')?.coverage ?? 1
  if (water < YEAR_COVERAGE) return `only ${(100 * water).toFixed(2)} % of its water is known`
  return (amountsOf(report)[1] ?? 0) > 0 ? '' : 'its IT has used nothing'
}

/** E_DC and E_IT in kWh, W_IN in m³. */
function amountsOf({ fields }: EnergyReport): (number | undefined)[] {
  return ['e_dc', 'e_it', 'w_in'].map((name) => {
    const value = fields.find(({ id }) => id === name)?.value
    return typeof value === 'number' ? value : undefined
  })
}

function total(sites: readonly FleetSite[], of: 'facilityKwh' | 'itKwh' | 'waterM3'): number {
  return sites.reduce((sum, site) => sum + site[of], 0)
}
