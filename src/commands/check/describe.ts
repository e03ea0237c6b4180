import { createCore, type Core } from '../../core/state.ts'
import { coreBytes, rowsPerDay } from '../../core/size.ts'
import { NOWHERE } from '../../core/contract/sink.ts'
import { dutyLines } from '../../send/notices/duty.ts'
import { several } from './findings.ts'
import { plannedLines } from '../../fold/planned/list.ts'
import { rulesText } from '../../site/alarm-rules.ts'
import { limitsText } from '../../site/limits.ts'
import type { Site } from '../../site/site.ts'
import { formulasText } from './formulas.ts'

/** What a sound configuration comes to: points, memory, rows a day. */
export function describeSite(site: Site, nowMs = Date.now()): string {
  const core = createCore(site.plan, NOWHERE)
  const rows = rowsPerDay(core)
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0)
  const kinds = new Map<string, number>()
  for (const { kind } of site.plan.points) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  const lines = [
    ['site', site.config.site.id],
    ['points', `${site.points.length} (${list([...kinds])}) on ${topicsIn(site)} topics`],
    ...nodeLines(site),
    ...numberedLines(site),
    ...templateLines(site),
    ['boundaries', String(site.boundaries.length)],
    ...formulasText(site).map((line) => ['', line]),
    ['inlets', String(site.inlets.length)],
    ['memory', memoryText(core)],
    ...limitsText(site).map((line, n) => [n === 0 ? 'limits' : '', line]),
    ...rulesText(site).map((line, n) => [n === 0 ? 'alarms' : '', line]),
    ...plannedLines(site, nowMs).map((line, n) => [n === 0 ? 'planned' : '', line]),
    ...dutyLines(site.config, nowMs).map((line, n) => [n === 0 ? 'duties' : '', line]),
    ['rows a day', `${number(total)} (${list(Object.entries(rows))})`],
  ]
  return `${lines.map(([name, text]) => `${name?.padEnd(12)}${text}`).join('\n')}\nok\n`
}

function topicsIn({ routes, sparkplug }: Site): number {
  return [...sparkplug.values()].reduce((sum, devices) => sum + devices.size, routes.size)
}

/** How many each template made, and what is heard beside its members. */
function templateLines({ config: { templates } }: Site): string[][] {
  const topics = [...new Set(templates.flatMap(({ topic = [] }) => topic))]
  const told = 'what comes on these topics from no member is counted as `orphan`'
  return topics.length === 0
    ? []
    : [['templates', `${topics.slice(0, 5).join(', ')}${topics.length > 5 ? ' …' : ''}: ${told}`]]
}

function nodeLines({ sparkplug }: Site): string[][] {
  if (sparkplug.size === 0) return []
  const gap = 'what they send while nobody listens is a gap, unless they send it again as historical'
  return [['sparkplug', `${sparkplug.size} ${sparkplug.size === 1 ? 'node' : 'nodes'}, at QoS 0: ${gap}`]]
}

/** Whose messages are numbered: of those alone a loss on the way can be seen. */
function numberedLines({ plan, points, gateways }: Site): string[][] {
  return plan.numberings.length === 0
    ? []
    : [
        [
          'numbered',
          several(
            plan.numberings.map(({ kind, of }) =>
              kind === 'messages_lost' ? `topic of ${points[of]}` : `gateway ${gateways[of]}`,
            ),
          ),
        ],
      ]
}

function memoryText(core: Core): string {
  const [complete, gaps] = [megabytes(coreBytes(core, 'complete')), megabytes(coreBytes(core, 'gaps'))]
  const more = gaps === complete ? '' : `, ${gaps} MB where readings are missing`
  return `${complete} MB once the longest window is full${more}`
}

function list(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([name, count]) => `${name} ${number(count)}`).join(', ')
}

function number(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 1 })
}
