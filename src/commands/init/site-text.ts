import { UNITS } from '../../ingest/units.ts'
import { meterAnswer, type SiteAnswers } from './questions.ts'

/**
 * A configuration from the answers to `init`, with comments on what to make of it. `schema` is the file that editors
 * check it by.
 */
export function newSiteText(answers: SiteAnswers, schema: string): string {
  const { name, timezone, altitude, broker, influx, racks } = answers
  const [facility, it] = [meterLine('facility', answers.facility), meterLine('it', answers.it)]
  const link =
    broker === 'embedded'
      ? ["  listen: '127.0.0.1:1883' # embedded; for other machines it asks for an account and TLS"]
      : [
          `  url: ${quoted(broker)}`,
          '  # username: coldaisle',
          '  # passwordFile: mqtt-password # in a file of its own, chmod 0600',
        ]
  const further =
    broker === 'embedded'
      ? 'once it runs, the page and\n# `coldaisle refused` say which readings are not taken, and why.'
      : '`coldaisle check --live 60` what does not fit\n# what the broker sends.'
  return `# A site of coldaisle. \`coldaisle check\` says what is wrong with it, ${further} All that can be said: config/README.md and config/example.yaml of coldaisle.
# yaml-language-server: $schema=${schema}

site:
  id: ${quoted(name)}
  timezone: ${quoted(timezone)}
  altitudeM: ${Number(altitude)}

mqtt:
${link.join('\n')}
${influx === '' ? '' : `\ninflux:\n  url: ${quoted(influx)}\n  database: coldaisle\n`}
points:
  # A payload that is a bare number, or has \`value\`, needs no more; else \`at: /kw\` is where the number is, and
  # \`timeAt: /ts\` where its time is, if that is not \`ts\`, \`time\` or \`timestamp\`.
  ${facility.line}
  ${it.line}

boundaries:
  ${quoted(name)}: { facility: [${quoted(facility.name)}], it: [${quoted(it.name)}], category: 1 }
${racks === '' ? '' : rackText(answers)}`
}

function meterLine(role: 'facility' | 'it', answer: string): { name: string; line: string } {
  const { topic, unit } = meterAnswer(answer)
  const braces = topic.match(/\{[^{}]*(?:,|\.\.)[^{}]*\}/g) ?? []
  const name = [role, ...braces].join('-')
  const register = UNITS[unit]?.quantity === 'energy' ? ', register: {}' : ''
  return {
    name,
    line: `${quoted(name)}: { topic: ${quoted(topic)}, unit: ${unit}${register}, everyS: 60, role: ${role} }`,
  }
}

/** Points and inlets of racks, as a template. */
function rackText({ racks, inlets, class: equipment }: SiteAnswers): string {
  const hasHall = inlets.includes('{hall}')
  const rack = hasHall ? '{hall}-{rack}' : '{rack}'
  const names = racks.split(/\s*,\s*(?![^{]*\})/).map(quoted)
  const members = racks.endsWith('.csv') ? quoted(racks) : `[${names.join(', ')}]`
  return `
templates: # made once for each rack; {rack} is its name, or that column of the file
  - members: ${members}
    topic: ${quoted(inlets)}
    points:
      '${rack}-t': { at: /t, unit: °C, everyS: 60, role: inlet }
      '${rack}-rh': { at: /rh, unit: '%', everyS: 60, role: inlet }
    inlets:
      '${rack}': { dryBulb: '${rack}-t', humidity: '${rack}-rh', class: ${equipment}${hasHall ? ", hall: '{hall}'" : ''} }
`
}

/** A text in double quotes, as JSON and YAML write it; \`\${\` would begin a variable. */
function quoted(text: string): string {
  return JSON.stringify(text.replaceAll('${', '$${'))
}
