import { resolve } from 'node:path'
import { reportModel } from '../../config/reporting/report-schema.ts'
import { fleetOf, type FleetReport } from '../../reports/fleet.ts'
import { openPack } from '../../reports/pack/open.ts'
import { verifyPack, type PackTrust } from '../../reports/pack/verify.ts'
import { halfEven } from '../../reports/render/print.ts'
import { columnsOf, printable } from '../columns.ts'
import { CommandFailed, FAILED } from '../ending.ts'

/**
 * Verifies packs and sums them up: `json` or a table for people. Throws `CommandFailed` where none counts, with the
 * reason of each.
 */
export async function runFleet(packs: readonly string[], trust: PackTrust, format: 'json' | 'text'): Promise<string> {
  const read = await Promise.all(packs.map((pack) => readPack(resolve(pack), trust)))
  const fleet = fleetOf(read)
  if (fleet.sites.length === 0) {
    throw new CommandFailed(FAILED, ['no pack can be summed up', ...leftOutLines(fleet)].map(printable).join('\n'))
  }
  return format === 'json' ? `${JSON.stringify(fleet, null, 2)}\n` : fleetText(fleet)
}

async function readPack(pack: string, trust: PackTrust) {
  const { faults } = await verifyPack(pack, trust)
  if (faults.length > 0) return { pack, report: undefined, because: `its pack is not sound: ${faults[0]}` }
  const text = (await (await openPack(pack)).bytes('report.json'))?.toString()
  if (text === undefined) return { pack, report: undefined, because: 'it holds no report.json' }
  const parsed = reportModel.safeParse(parsedJson(text))
  if (!parsed.success) return { pack, report: undefined, because: 'its report is of another release, or none' }
  return { pack, report: parsed.data, because: '' }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // told by who finds no report in it
  }
}

function leftOutLines({ leftOut }: FleetReport): string[] {
  return leftOut.map(({ site, pack, because }) => `left out: ${site} (${pack}): ${because}`)
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
    ...leftOutLines(fleet),
  ]
  return `${lines.map(printable).join('\n')}\n`
}
