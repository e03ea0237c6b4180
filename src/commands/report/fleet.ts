import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { reportModel } from '../../config/reporting/report-schema.ts'
import { fleetOf, type FleetReport } from '../../reports/fleet.ts'
import { verifyPack, type PackTrust } from '../../reports/pack/verify.ts'
import { halfEven } from '../../reports/render/print.ts'
import { columnsOf, printable } from '../columns.ts'

/** Verifies packs and sums them up: `json` or a table for people. */
export async function runFleet(packs: readonly string[], trust: PackTrust, format: 'json' | 'text'): Promise<string> {
  const read = await Promise.all(packs.map((pack) => readPack(resolve(pack), trust)))
  const fleet = fleetOf(read)
  return format === 'json' ? `${JSON.stringify(fleet, null, 2)}\n` : fleetText(fleet)
}

async function readPack(pack: string, trust: PackTrust) {
  const { faults } = await verifyPack(pack, trust)
  if (faults.length > 0) return { pack, report: undefined, because: `its pack is not sound: ${faults[0]}` }
  const parsed = reportModel.safeParse(JSON.parse(await readFile(join(pack, 'report.json'), 'utf8')))
  if (!parsed.success) return { pack, report: undefined, because: 'its report is of another release' }
  return { pack, report: parsed.data, because: '' }
}

function fleetText(fleet: FleetReport): string {
  const number = (value: number | undefined, digits: number) =>
    value === undefined ? '-' : halfEven('en-GB', value, digits)
  const rows = fleet.sites.map((it) => [
    it.site,
    number(it.facilityKwh, 0),
    number(it.itKwh, 0),
    number(it.waterM3, 1),
    number(it.pue, 3),
    number(it.wue, 3),
  ])
  const all = [
    'all',
    number(fleet.facilityKwh, 0),
    number(fleet.itKwh, 0),
    number(fleet.waterM3, 1),
    number(fleet.pue, 3),
    number(fleet.wue, 3),
  ]
  const lines = [
    `${fleet.period}, rule set ${fleet.rules}: non-official preview, of sums over ${fleet.sites.length} sites`,
    ...columnsOf([['site', 'E_DC kWh', 'E_IT kWh', 'W_IN m³', 'PUE', 'WUE'], ...rows, all]),
    `rdce_it_mwh ${number(fleet.rdceItMwh, 3)}; mean PUE weighed by E_DC ${number(fleet.pueByFacility, 3)}`,
    `best ${fleet.best ?? '-'}, worst ${fleet.worst ?? '-'} (PUE)`,
    ...fleet.leftOut.map(({ site, pack, because }) => `left out: ${site} (${pack}): ${because}`),
  ]
  return `${lines.map(printable).join('\n')}\n`
}
