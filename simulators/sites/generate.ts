/** Writes the configuration of each simulated site beside its file: `legacy.yaml` becomes `legacy.site.yaml`. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSiteFile, type SiteFile } from './site-file.ts'

const OWN = '.site.yaml'
const NO_RECOMMENDED = `
alarms:
  inlet_recommended: { enabled: false } # it runs outside of the recommended range on purpose
`
const ROLES = { 1: 'ups', 2: 'distribution', 3: 'it' } as const

/** The text of each configuration, by its file's name. */
export function siteConfigs(): Record<string, string> {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.yaml') && !name.endsWith(OWN))
  return Object.fromEntries(
    files.map((file) => {
      const id = file.replace(/\.yaml$/, '')
      return [`${id}${OWN}`, configText(id, readSiteFile(join(import.meta.dirname, file)))]
    }),
  )
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(siteConfigs())) writeFileSync(join(import.meta.dirname, name), text)
}

/** The site's configuration as a person would write it. */
function configText(id: string, site: SiteFile): string {
  const h = site.halls === 1 ? 'h1' : `h{1..${site.halls}}`
  const r = site.racks === 1 ? 'r1' : `r{${'1'.padStart(String(site.racks).length, '0')}..${site.racks}}`
  return `# Generated of ${id}.yaml by \`npm run generate\`. ${site.about}
site: { id: ${id}, timezone: ${site.timezone}, altitudeM: ${site.altitudeM}, edition: 2021r, corrosion: low }

mqtt: { url: '\${MQTT_URL:-mqtt://127.0.0.1:1883}' }

points:
${metersText(id, site, h)}
  outdoor-t: { topic: ${id}/outdoor, at: /t, timeAt: /ts, unit: °C, everyS: 60, role: outdoor, min: -50, max: 65 }
  outdoor-rh: { topic: ${id}/outdoor, at: /rh, timeAt: /ts, unit: '%', everyS: 60, role: outdoor, min: 0, max: 105 }
${airText(id, site, { h, r })}

boundaries:
  ${id}: { facility: [utility], it: ['it-${h}'], losses: { cooling: [cooling] }, category: ${site.category} }

inlets:
  ${h}-${r}:
    dryBulb: ${h}-${r}-t
    humidity: ${h}-${r}-rh${site.outlets ? `\n    outlet: ${h}-${r}-out` : ''}
    class: ${site.class}
    hall: ${h}
    rack: ${h}-${r}
${site.recommendedAlarm ? '' : NO_RECOMMENDED}`
}

function metersText(id: string, { halls, racks, rackKw, category, meterS }: SiteFile, h: string): string {
  const hallKw = racks * rackKw
  const meter = (maxKw: number, accuracyPct: number) =>
    `timeAt: /ts, unit: kW, everyS: ${meterS}, accuracyPct: ${accuracyPct}, maxKw: ${Math.ceil(maxKw)}`
  const register = (name: string, at: string, unit: string, more: string) => `  ${name}:
    topic: ${id}/it/${h}
    at: ${at}
    timeAt: /ts
    unit: ${unit}${more}
    everyS: ${meterS}
    accuracyPct: 1
    maxKw: ${Math.ceil(1.3 * hallKw)}
    role: ${ROLES[category]}
    meter: it-${h}`
  return `  utility: { topic: ${id}/utility, at: /kw, ${meter(2 * halls * hallKw, 0.5)}, role: facility }
  cooling: { topic: ${id}/cooling, at: /kw, ${meter(halls * hallKw, 1)}, role: cooling }
${register(`it-${h}`, '/kwh', 'kWh', '\n    register: { rolloverAt: 100000000 }')}
${register(`it-${h}-kw`, '/kw', 'kW', '')}`
}

function airText(id: string, { inletS, outlets }: SiteFile, { h, r }: { h: string; r: string }): string {
  const members: [member: string, unit: string, min: number, max: number][] = [
    ['t', '°C', -20, 80],
    ['rh', "'%'", 0, 105],
    ...(outlets ? [['out', '°C', -20, 90] as [string, string, number, number]] : []),
  ]
  const texts = members.map(
    ([member, unit, min, max]) => `  ${h}-${r}-${member}:
    topic: ${id}/${h}/${r}/air
    at: /${member}
    timeAt: /ts
    unit: ${unit}
    everyS: ${inletS}
    role: inlet
    gateway: ${h}
    min: ${min}
    max: ${max}`,
  )
  return texts.join('\n')
}
