import { count, findingsOf, notDue, several, span, type Finding } from './findings.ts'
import { createHeard, hearMessage, type Heard } from './heard.ts'
import { listenAll } from '../../mqtt/mqtt.ts'
import { createClientFiles } from '../../mqtt/renewal.ts'
import type { Listened } from '../../mqtt/listen.ts'
import { isSparkplug, sparkplugFilters } from '../../ingest/sparkplug/topics.ts'
import { skewMs } from '../../core/skew.ts'
import { sourceNamesOf } from '../../rows/sink.ts'
import { cleanError, cleanText } from '../../health/secrets.ts'
import type { Site } from '../../site/site.ts'
import { subscriptionsOf } from '../../site/topics.ts'

/** What to print, and how it ends: 0 nothing wrong, 1 something found, 2 not listened. */
export interface LiveReport {
  code: 0 | 1 | 2
  text: string
}

const STOPPING = ['SIGTERM', 'SIGINT'] as const

interface Section {
  name: string
  lines: string[]
}

/**
 * Listens to the configured broker for so many seconds (SIGINT and SIGTERM end it early) and says what does not fit
 * the configuration. Reads only; the daemon's session at the broker is not touched.
 */
export async function checkLive(site: Site, seconds: number): Promise<LiveReport> {
  const { mqtt } = site.config
  if (mqtt?.url === undefined) {
    const why = mqtt === undefined ? 'there is no section mqtt' : '`mqtt.listen` is the daemon’s own broker'
    return { code: 2, text: `there is nothing to listen to: ${why}\n` }
  }
  const broker = new URL(mqtt.url).host
  const unreadable = secretsFault(mqtt)
  if (unreadable !== undefined) return { code: 2, text: `${unreadable}\n` }
  const heard = createHeard(site)
  const nodes = sparkplugFilters(Object.values(site.config.points).map(({ topic }) => topic))
  const plain = subscriptionsOf(site.config).filter((topic) => !isSparkplug(topic))
  const filters = new Map<string, readonly string[]>([
    ...filtersOf([...new Set([...site.routes.keys(), ...plain])]),
    ...nodes.map((it): [string, string[]] => [it, [it]]),
  ])
  const stop = new AbortController()
  const enough = (): void => stop.abort()
  for (const name of STOPPING) process.once(name, enough)
  if (process.stderr.isTTY) process.stderr.write(`listening to ${broker} for ${seconds} s\n`)
  const listened = await listenAll(mqtt, {
    filters,
    hear: (arrival) => hearMessage(heard, arrival, Date.now()),
    ms: seconds * 1000,
    signal: stop.signal,
  })
  for (const name of STOPPING) process.off(name, enough)
  if (listened.kind === 'unreachable') {
    return { code: 2, text: `cannot listen to ${broker}: ${cleanText(listened.reason)}\n` }
  }
  const what = `${broker}, ${several([...filters.keys()])}, ${span(listened.ms)}`
  return describeLive(heard, listened, what, Date.now())
}

function secretsFault(mqtt: Parameters<typeof createClientFiles>[0]): string | undefined {
  try {
    createClientFiles(mqtt).secrets()
    return undefined
  } catch (error) {
    return cleanError(error)
  }
}

/** The first levels that the topics below one root have in common, as filters, each with its topics. */
export function filtersOf(topics: readonly string[]): Map<string, string[]> {
  const roots = new Map<string, string[]>()
  for (const topic of topics) {
    const root = topic.split('/', topic.startsWith('/') ? 2 : 1).join('/')
    roots.set(root, [...(roots.get(root) ?? []), topic])
  }
  return new Map([...roots].map(([root, below]) => [`${commonLevels(root, below)}/#`, below]))
}

function commonLevels(root: string, topics: readonly string[]): string {
  const [first = [], ...others] = topics.map((topic) => topic.split('/').slice(0, -1))
  let levels = 0
  while (levels < first.length && others.every((other) => other[levels] === first[levels])) levels += 1
  return levels === 0 ? root : first.slice(0, levels).join('/')
}

function describeLive(
  heard: Heard,
  { ms, narrowed, refused, lost }: Extract<Listened, { kind: 'listened' }>,
  what: string,
  nowMs: number,
): LiveReport {
  const findings = findingsOf(heard, ms, nowMs)
  const isDeaf = heard.messages === 0 && refused.length === 0 && lost === undefined
  const links = [
    ...(isDeaf ? ['nothing was heard: is this the broker that the devices publish to, and may we read there?'] : []),
    ...(lost === undefined ? [] : [`the connection ended after ${span(ms)}: ${cleanText(lost)}`]),
    ...refused.map((topic) => `the broker does not let us read ${topic}`),
  ]
  const notes = [
    ...narrowed.map((filter) => `the broker refuses ${filter}: orphan topics below it cannot be told`),
    ...noteNotDue(notDue(heard, ms)),
  ]
  const sections: Section[] = [
    { name: 'points: messages, last reading, its age', lines: pointLines(heard, nowMs) },
    { name: 'clocks of sources, against ours', lines: clockLines(heard) },
    { name: 'connection', lines: links },
    ...(
      [
        'silent',
        'orphan topics',
        'several topics',
        'odd units',
        'losses',
        'refused',
        'pace',
        'clocks',
        'numbers',
      ] as const
    ).map((name) => ({
      name,
      lines: grouped(findings.filter(({ section }) => section === name)),
    })),
    { name: 'notes', lines: notes },
  ]
  const found = findings.length + links.length
  const body = sections.filter(({ lines }) => lines.length > 0).map(({ name, lines }) => [name, ...lines].join('\n  '))
  const heardText = `${'listened'.padEnd(12)}${what}: ${count(heard.messages, 'message')}`
  const end = found === 0 ? 'nothing wrong was found' : `found: ${count(found, 'fault')}`
  return { code: found === 0 ? 0 : 1, text: `${[heardText, ...body, end].join('\n')}\n` }
}

function noteNotDue(names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`not due yet, listen longer: ${several(names)}`]
}

function pointLines({ site, points }: Heard, nowMs: number): string[] {
  const width = Math.max(...site.points.map((name) => name.length)) + 2
  return points.map(({ messages, lastRaw, lastMs }, index) => {
    const name = site.points[index] ?? ''
    const ageMs = nowMs - lastMs
    const age = ageMs < 0 ? `${span(-ageMs)} ahead` : span(ageMs)
    const last = Number.isNaN(lastRaw) ? 'nothing' : `${lastRaw} ${site.config.points[name]?.unit}`.padEnd(18) + age
    return `${name.padEnd(width)}${messages.toLocaleString('en-US').padStart(7)}  ${last}`
  })
}

/** The smallest arrival − stamp of each source that has stamps: a backlog does not count. */
function clockLines({ site, pipeline: { core } }: Heard): string[] {
  return sourceNamesOf(site).flatMap((name, source) => {
    const behindMs = skewMs(core, source)
    if (behindMs === Infinity) return []
    const off = `${(Math.abs(behindMs) / 1000).toFixed(1)} s ${behindMs < 0 ? 'ahead' : 'behind'}`
    return [`${cleanText(name)}  ${off}`]
  })
}

/** One line for all that share a text: a gateway with a wrong clock is one fault to mend. */
function grouped(findings: readonly Finding[]): string[] {
  const subjects = new Map<string, string[]>()
  for (const { text, subject } of findings) subjects.set(text, [...(subjects.get(text) ?? []), subject])
  return [...subjects].map(([text, names]) => `${several(names)}: ${text}`)
}
