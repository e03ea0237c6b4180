/** Reads the project's own source as syntax, for the tidy tests: functions, exported names, comments. */
import { parseSync } from 'oxc-parser'
import type { SourceFile } from './source.ts'

/** A function as it is declared: its name, how many parameters it takes, which of them are boolean. */
export interface DeclaredFunction {
  readonly name: string
  readonly line: number
  readonly isExported: boolean
  readonly parameters: number
  readonly booleans: readonly string[]
}

/** A comment's words, without its marks; neighbouring `//` lines are one comment. */
export interface Comment {
  readonly line: number
  readonly text: string
}

interface Node {
  readonly type: string
  readonly start: number
  readonly [key: string]: unknown
}

/** The functions that a file declares at its top level. */
export function functionsOf(file: SourceFile): DeclaredFunction[] {
  const lineOf = linesOf(file.text)
  return bodyOf(file).flatMap((statement) => {
    const isExported = statement.type === 'ExportNamedDeclaration'
    const declared = isExported ? (statement['declaration'] as Node | null) : statement
    if (declared?.type !== 'FunctionDeclaration') return []
    const parameters = declared['params'] as Node[]
    return {
      name: (declared['id'] as { name: string }).name,
      line: lineOf(declared.start),
      isExported,
      parameters: parameters.length,
      booleans: parameters
        .filter(isBoolean)
        .map((parameter) => file.text.slice(parameter.start).split(/\W/, 1)[0] ?? ''),
    }
  })
}

/** Names that a file declares and exports; names that it hands on from another file are not its own. */
export function exportedNames(file: SourceFile): string[] {
  return bodyOf(file).flatMap((statement) => {
    if (statement.type !== 'ExportNamedDeclaration') return []
    const declared = statement['declaration'] as Node | null
    if (declared === null) return []
    const places = declared.type === 'VariableDeclaration' ? (declared['declarations'] as Node[]) : [declared]
    return places.flatMap((it) => (it['id'] as { name?: string }).name ?? [])
  })
}

/** Every name that a file imports from another of the project, by the path of that file; at run time too. */
export function importedNames(file: SourceFile, resolve: (target: string) => string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const statement of bodyOf(file)) {
    const source = (statement['source'] as { value: string } | null | undefined)?.value
    if (source === undefined || !source.startsWith('.')) continue
    const names = found.get(resolve(source)) ?? new Set<string>()
    found.set(resolve(source), names)
    for (const it of (statement['specifiers'] as Node[] | undefined) ?? []) {
      const name = (it['imported'] ?? it['local']) as { name?: string } | undefined
      names.add(it.type === 'ImportNamespaceSpecifier' ? '*' : (name?.name ?? ''))
    }
  }
  for (const [, target = '', name = ''] of file.text.matchAll(/\(await import\('(\.[^']+)'\)\)\.(\w+)/g)) {
    found.set(resolve(target), (found.get(resolve(target)) ?? new Set<string>()).add(name))
  }
  return found
}

/** The comments of a file, in their order. */
export function commentsOf({ path, text }: SourceFile): Comment[] {
  const lineOf = linesOf(text)
  const found: { line: number; last: number; text: string; isLine: boolean }[] = []
  for (const { type, value, start, end } of parseSync(path, text).comments) {
    const line = lineOf(start)
    const words = value.replace(/^[ \t]*\* ?/gm, '').trim()
    const before = found.at(-1)
    if (type === 'Line' && before?.isLine === true && before.last === line - 1) {
      before.text += `\n${words}`
      before.last = line
    } else found.push({ line, last: lineOf(end), text: words, isLine: type === 'Line' })
  }
  return found
}

/**
 * The sentences of a comment. A line that is drawn (arrows, columns, indented by four) belongs to none, and neither do
 * list marks; what stands in backquotes counts as one word.
 */
export function sentencesOf(comment: string): string[] {
  return comment
    .split(/\n\s*\n|\n(?=\s*[-*] )/)
    .flatMap((part) => {
      const prose = part
        .split('\n')
        .filter((line) => !/^ {4}|[─│▶◀▲▼┌┐└┘├┤→|]{1}.*[─│▶◀▲▼┌┐└┘├┤→|]|──|-->|^\s*\|/.test(line))
        .join(' ')
      return prose
        .replace(/`[^`]*`/g, 'code')
        .replace(/\b(e\.g|i\.e|ed|no|vs|cf|approx|p)\. /gi, '$1 ')
        .split(/(?<=[.!?])\s+/)
    })
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
}

export function wordCount(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length
}

function bodyOf({ path, text }: SourceFile): Node[] {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  return program.body as readonly object[] as Node[]
}

function isBoolean(parameter: Node): boolean {
  const inner = parameter.type === 'AssignmentPattern' ? (parameter['left'] as Node) : parameter
  const value = parameter.type === 'AssignmentPattern' ? (parameter['right'] as Node)['value'] : undefined
  const annotation = (inner['typeAnnotation'] as Node | null)?.['typeAnnotation'] as Node | undefined
  return annotation?.type === 'TSBooleanKeyword' || typeof value === 'boolean'
}

/** Gives a function from an offset to the number of its line. */
function linesOf(text: string): (offset: number) => number {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  return (offset) => {
    const at = starts.findIndex((start) => start > offset)
    return at < 0 ? starts.length : at
  }
}
