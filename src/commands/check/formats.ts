import { parseJson } from '../../ingest/formats/json.ts'
import { recordsOfLineProtocol } from '../../ingest/formats/line-protocol.ts'
import { recordsOfPack } from '../../ingest/formats/senml.ts'
import { shown } from './payload.ts'

const MOST_SHOWN = 8
const MAX_TEXT = 65_536
const LOOKS_LIKE_LINES = /^[^\s{["]+ \S+=\S/
const LOOKS_LIKE_CELLS = /^\s*[^\s{["][^\n{]*?([;|\t,])/
const NUMBER = /^\s*[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)\s*$/

/** What takes the numbers of a payload whose format has to be declared; undefined where none is seen. */
export function formatOfPayload(payload: string, nowMs: number): string | undefined {
  if (payload.length > MAX_TEXT) return undefined
  if (LOOKS_LIKE_LINES.test(payload)) return lineProtocol(payload)
  const root = /^\s*[[{]/.test(payload) ? parseJson(payload) : undefined
  if (root === undefined) return cells(payload)
  return Array.isArray(root) ? senml(root, nowMs) : dsx(root as object)
}

function lineProtocol(payload: string): string | undefined {
  const members = (recordsOfLineProtocol(payload) ?? []).flatMap((record) => {
    if (typeof record === 'string') return []
    const tags = Object.entries(record.tags).map(([name, value]) => `${pointer('tags', name)}: ${quoted(value)}`)
    const where = [`/measurement: ${quoted(record.measurement)}`, ...tags].join(', ')
    return Object.entries(record.fields).flatMap(([name, value]) =>
      typeof value === 'number' ? [`${pointer('fields', name)} (${value}) where { ${where} }`] : [],
    )
  })
  return members.length === 0 ? undefined : `line protocol (\`format: line-protocol\`); numbers: ${some(members)}`
}

function senml(pack: readonly unknown[], nowMs: number): string | undefined {
  const isPack = pack.every((record) => typeof record === 'object' && record !== null && isNamed(record))
  const members = ((isPack ? recordsOfPack(pack, nowMs) : undefined) ?? []).flatMap((record) => {
    const value = typeof record === 'string' ? undefined : (record.v ?? record.s)
    if (typeof record === 'string' || value === undefined) return []
    const at = record.v === undefined ? ', at: /s' : ''
    return [`where: { /n: ${quoted(record.n)} }${at} (${value}${record.u === undefined ? '' : ` ${shown(record.u)}`})`]
  })
  return members.length === 0 ? undefined : `SenML (\`format: senml\`); numbers: ${some(members)}`
}

/** A pack's records have names; the base name of the first may be all that they need. */
function isNamed(record: object): boolean {
  return 'n' in record || 'bn' in record
}

function dsx(root: object): string | undefined {
  const { value, timestamp, quality } = root as Readonly<Record<string, unknown>>
  const isDsx = typeof value === 'number' && typeof timestamp === 'number' && typeof quality === 'number'
  return isDsx ? `a DSX value (\`format: dsx\`) of quality ${quality}; 1 is good: ${value}` : undefined
}

function cells(payload: string): string | undefined {
  const [line = ''] = payload.split('\n')
  const separator = LOOKS_LIKE_CELLS.exec(line)?.[1]
  if (separator === undefined || NUMBER.test(line)) return undefined
  const sign = separator === ',' ? '.' : undefined
  const members = line.split(separator).flatMap((cell, place) => {
    const isNumber = NUMBER.test(cell) && (sign === undefined || !cell.includes(','))
    return isNumber ? [`/${place} (${cell.trim()})`] : []
  })
  if (members.length === 0) return undefined
  return `a line of cells (\`cells: "${separator === '\t' ? '\\t' : separator}"\`); numbers: ${some(members)}`
}

function pointer(...tokens: readonly string[]): string {
  return tokens.map((token) => `/${shown(token.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')
}

function quoted(text: string): string {
  return JSON.stringify(shown(text))
}

function some(members: readonly string[]): string {
  const more = members.length - MOST_SHOWN
  return `${members.slice(0, MOST_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
