/** Writes the configuration of each simulated site beside its file: `legacy.yaml` becomes `legacy.site.yaml`. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Named, SiteQuantity } from '../devices/dialect.ts'
import { DIALECTS, type DialectName } from '../devices/families/families.ts'
import { readSiteFile, type SiteFile } from './site-file.ts'

const OWN = '.site.yaml'
const NO_RECOMMENDED = `
alarms:
  inlet_recommended: { enabled: false } # it runs outside of the recommended range on purpose
`
const ROLE_OF = { utility: 'facility', cooling: 'cooling' } as const
const ROLES = { 1: 'ups', 2: 'distribution', 3: 'it' } as const

/** The text of each configuration, by its file's name. */
export function siteConfigs(): Record<string, string> {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.yaml') && !name.endsWith(OWN))
  return Object.fromEntries(
    files.map((file) => {
      const id = file.replace(/\.yaml$/, '')
      return [`${id}${OWN}`, siteConfigText(id, readSiteFile(join(import.meta.dirname, file)))]
    }),
  )
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(siteConfigs())) writeFileSync(join(import.meta.dirname, name), text)
}

/** The site's configuration as a person would write it. */
export function siteConfigText(id: string, site: SiteFile): string {
  const h = hallsText(Array.from({ length: site.halls }, (_, at) => at + 1))
  const r = site.racks === 1 ? 'r1' : `r{${'1'.padStart(String(site.racks).length, '0')}..${site.racks}}`
  return `# Generated of ${id}.yaml by \`npm run generate\`. ${site.about}
site: { id: ${id}, timezone: ${site.timezone}, altitudeM: ${site.altitudeM}, edition: 2021r, corrosion: low }

mqtt: { url: '\${MQTT_URL:-mqtt://127.0.0.1:1883}' }

points:
${[...metersText(id, site), ...outdoorText(id, site), ...returnsText(id, site), ...airText(id, site, r)].join('\n')}

boundaries:
  ${id}: { facility: [utility], it: ['it-${h}'], losses: { cooling: [cooling] }, category: ${site.category} }

${site.returns ? `halls:\n  ${h}: { supply: '${h}-supply', return: '${h}-return' }\n\n` : ''}inlets:
  ${h}-${r}:
    dryBulb: ${h}-${r}-t
    humidity: ${h}-${r}-rh${site.outlets ? `\n    outlet: ${h}-${r}-out` : ''}
    class: ${site.class}
    hall: ${h}
    rack: ${h}-${r}
${ignoreText(id, site)}${site.recommendedAlarm ? '' : NO_RECOMMENDED}`
}

function hallsText(halls: readonly number[]): string {
  const [first] = halls
  const isRow = halls.every((hall, at) => hall === (first ?? 0) + at)
  if (halls.length === 1) return `h${first}`
  return isRow ? `h{${first}..${halls.at(-1)}}` : `h{${halls.join(',')}}`
}

/** Halls by the family of their devices: those of a list take turns. */
function hallsBy(names: readonly DialectName[], { halls }: SiteFile): { name: DialectName; h: string }[] {
  const numbers = Array.from({ length: halls }, (_, at) => at + 1)
  const groups = Map.groupBy(numbers, (hall) => names[(hall - 1) % names.length] ?? 'plain')
  return [...groups].map(([name, own]) => ({ name, h: hallsText(own) }))
}

function metersText(id: string, site: SiteFile): string[] {
  const { halls, racks, rackKw, category, device } = site
  const hallKw = racks * rackKw
  const meter = (name: 'utility' | 'cooling', maxKw: number, accuracyPct: number) =>
    pointText(name, device[name], 'power', {
      site,
      id,
      path: name,
      node: 'main',
      address: `a8404100000000${name === 'utility' ? 'f1' : 'f2'}`,
      more: { everyS: everyS(site.meterS, device[name]), accuracyPct, maxKw: Math.ceil(maxKw), role: ROLE_OF[name] },
    })
  const itMeters = hallsBy(device.it, site).flatMap(({ name, h }) => {
    const place = {
      site,
      id,
      path: `it/${h}`,
      node: `power-${h}`,
      address: `a840410e0000000${h.slice(1)}`,
      more: {
        everyS: everyS(site.meterS, name),
        accuracyPct: 1,
        maxKw: Math.ceil(1.3 * hallKw),
        role: ROLES[category],
        meter: `it-${h}`,
      },
    }
    const count = pointText(`it-${h}`, name, 'energy', place)
    // A family without running counts has its power counted
    return count.length === 0
      ? pointText(`it-${h}`, name, 'power', place)
      : [...count, ...pointText(`it-${h}-kw`, name, 'power', place)]
  })
  return [...meter('utility', 2 * halls * hallKw, 0.5), ...meter('cooling', halls * hallKw, 1), ...itMeters]
}

function outdoorText(id: string, site: SiteFile): string[] {
  const { outdoor } = site.device
  const at = { site, id, path: 'outdoor', node: 'main', address: 'a8404100000000f3' }
  const more = { everyS: everyS(60, outdoor), role: 'outdoor' }
  return [
    ...pointText('outdoor-t', outdoor, 't', { ...at, more: { ...more, min: -50, max: 65 } }),
    ...pointText('outdoor-rh', outdoor, 'rh', { ...at, more: { ...more, min: 0, max: 105 } }),
  ]
}

function returnsText(id: string, site: SiteFile): string[] {
  if (!site.returns) return []
  return hallsBy(site.device.air, site).flatMap(({ name, h }) =>
    (['supply', 'return'] as const).flatMap((way) => {
      const address = `a840410${way === 'supply' ? 'c' : 'd'}0000000${h.slice(1)}`
      const more = { everyS: everyS(site.inletS, name), min: -20, max: 90 }
      return pointText(`${h}-${way}`, name, 't', { site, id, path: `${h}/${way}`, node: h, address, more })
    }),
  )
}

function airText(id: string, site: SiteFile, r: string): string[] {
  const members: [quantity: SiteQuantity, min: number, max: number][] = [
    ['t', -20, 80],
    ['rh', 0, 105],
    ...(site.outlets ? [['out', -20, 90] as [SiteQuantity, number, number]] : []),
  ]
  return hallsBy(site.device.air, site).flatMap(({ name, h }) => {
    const zeros = '0'.repeat(7 - String(site.racks).length)
    const at = { site, id, path: `${h}/${r}/air`, node: h, address: `a840410a${zeros}${h.slice(1)}${r.slice(1)}` }
    return members.flatMap(([quantity, min, max]) => {
      const more = { everyS: everyS(site.inletS, name), role: 'inlet', gateway: h, min, max }
      return pointText(`${h}-${r}-${quantity}`, name, quantity, { ...at, more })
    })
  })
}

function everyS(wantedS: number, name: DialectName): number {
  return Math.max(wantedS, DIALECTS[name].leastEveryS ?? 0)
}

/** One point, as a line where its keys hold no braces; none where the family does not measure this. */
function pointText(
  name: string,
  dialect: DialectName,
  quantity: SiteQuantity,
  {
    site,
    id,
    more,
    ...place
  }: Omit<Named, 'site' | 'timezone' | 'id'> & {
    site: SiteFile
    id: string
    more: Readonly<Record<string, string | number>>
  },
): string[] {
  const named = {
    ...place,
    site: id,
    timezone: site.timezone,
    id: place.path.replace(/\/air$/, '').replaceAll('/', '-'),
  }
  const wire = DIALECTS[dialect].wires(named)[quantity]
  if (wire === undefined) return []
  const keys = Object.entries({ ...wire, ...more }).map(([key, value]) => `${key}: ${value}`)
  if (dialect === 'plain' && !place.path.includes('/')) return [`  ${name}: { ${keys.join(', ')} }`]
  return [`  ${name}:`, ...keys.map((key) => `    ${key}`)]
}

/** What the families of a site send besides: who is online, metadata. */
function ignoreText(id: string, { device }: SiteFile): string {
  const names = new Set([device.utility, device.cooling, ...device.it, device.outdoor, ...device.air])
  const topics = [...names].flatMap((name) => DIALECTS[name].ignore(id))
  return topics.length === 0 ? '' : `\nignore:\n${topics.map((topic) => `  - ${topic}`).join('\n')}\n`
}
