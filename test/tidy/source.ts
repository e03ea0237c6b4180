/** Reads the project's own source as text, for tidy.test.ts. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** Path from the root with slashes, and the whole text. */
export interface SourceFile {
  path: string
  text: string
}

const NOT_OURS = /^(node_modules|\.git|coverage|data|dist|config\/data)$|\.(tmp|db|db-wal|db-shm|png|gz|tgz)$/

/**
 * The project's own files. In a checkout git says which these are, so what its user leaves beside them (a site, rows,
 * recordings: see .gitignore) is none; elsewhere every file counts.
 */
export function filesUnder(root: string): SourceFile[] {
  const listed = spawnSync('git', ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  const top = spawnSync('git', ['-C', root, 'rev-parse', '--show-cdup'], { encoding: 'utf8' })
  const isCheckout = listed.status === 0 && top.stdout.trim() === ''
  const paths = isCheckout ? listed.stdout.toString().split('\0').filter(Boolean) : walk(root, '')
  return paths
    .filter((path) => !NOT_OURS.test(path) && existsSync(join(root, path)))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (NOT_OURS.test(path)) return []
    return entry.isDirectory() ? walk(root, path) : entry.isFile() ? [path] : []
  })
}

/** What a file imports, exports from or imports later: paths from the root where relative, else as written. */
export function importsOf({ path, text }: SourceFile): string[] {
  const found = [
    ...text.matchAll(/^(?:import|export)\b(?:[^'";]*?\bfrom)?\s*['"]([^'"]+)['"]/gm),
    ...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g),
  ]
  return found.flatMap(([, target]) => {
    if (target === undefined) return []
    return target.startsWith('.') ? posix.join(posix.dirname(path), target) : target
  })
}

/** `zod` for `zod/mini`, `@a/b` for `@a/b/c`. */
export function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}

const NOT_CODE = new RegExp(
  [
    String.raw`\/\/[^\n]*`,
    String.raw`\/\*[\s\S]*?\*\/`,
    String.raw`'(?:\\.|[^'\\\n])*'`,
    String.raw`"(?:\\.|[^"\\\n])*"`,
    '`(?:\\\\.|[^`\\\\])*`',
    // A regular expression, told from a division by what stands before it.
    String.raw`(?<=[=(,:;!&|?{}[\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*`,
  ].join('|'),
  'g',
)

/** The text with comments, strings and regular expressions blanked; every line keeps its number. */
export function codeOnly(text: string): string {
  return text.replace(NOT_CODE, (found) => found.replace(/[^\n]+/g, ' '))
}

export function namesIn(code: string): string[] {
  return [...new Set(code.match(/[A-Za-z_$][\w$]*/g) ?? [])]
}

/** The words of a name: `alarmManager`, `alarm_manager` and `alarm-manager.ts` all have `manager`. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
}

/** `12: the line` for each match; a match over several lines is told by its first. */
export function linesWith(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(new RegExp(pattern, 'gm'))].map((match) => {
    const line = text.slice(0, match.index).split('\n').length
    return `${line}: ${text.split('\n')[line - 1]?.trim().slice(0, 100)}`
  })
}

export function tooLong({ text }: SourceFile, most: number): string[] {
  const lines = text.replace(/\n$/, '').split('\n').length
  return lines > most ? [`has ${lines} lines`] : []
}
