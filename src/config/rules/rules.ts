import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BadInput } from '../bad-input.ts'
import { readYaml } from '../files/yaml-file.ts'
import { didYouMean } from '../faults.ts'
import { ruleFile, type RuleFile } from './schema.ts'

/** A rule set with the fields and indicators that it takes from the one it amends. */
export type RuleSet = RuleFile & {
  /** Its file, and those that it amends, as they are written; and their SHA-256 in hexadecimal. */
  readonly texts: Readonly<Record<string, string>>
  readonly digests: Readonly<Record<string, string>>
}

type Written = Pick<RuleSet, 'texts' | 'digests'>

const SHIPPED = dirname(fileURLToPath(import.meta.resolve('coldaisle/config/rules/eu-2024-1364.yaml')))
const ENDING = '.yaml'
/** A chain of amendments is no longer than this; a longer one goes round. */
const MOST_AMENDED = 8

/** Names of the rule sets that are shipped. */
export function ruleSetNames(): string[] {
  return readdirSync(SHIPPED)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .sort()
}

/**
 * The rule set of a name, or of a file of one's own: a contract. Throws `BadInput` for a name that is none, and with
 * every fault of a file and its place.
 */
export function ruleSetNamed(name: string): RuleSet {
  const isFile = /[/\\]|\.ya?ml$/.test(name)
  const rules = readRules(isFile ? name : shippedFile(name), [])
  if (isFile && ruleSetNames().includes(rules.id) && resolve(name) !== shippedFile(rules.id)) {
    throw new BadInput(`${name}: ${rules.id} is a rule set that is shipped: give yours another \`id\``)
  }
  return rules
}

function shippedFile(name: string): string {
  const names = ruleSetNames()
  if (names.includes(name)) return join(SHIPPED, name + ENDING)
  const near = didYouMean(name, names)()
  const hint = near === undefined ? '' : `: ${near}`
  throw new BadInput(`there is no rule set ${name}${hint}; there are ${names.join(', ')}, or name a file`)
}

function readRules(file: string, above: readonly string[]): RuleSet {
  const own = readYaml(file, ruleFile)
  const bytes = readFileSync(file)
  const written: Written = {
    texts: { [own.id]: bytes.toString('utf8') },
    digests: { [own.id]: createHash('sha256').update(bytes).digest('hex') },
  }
  const whole = own.amends === undefined ? { ...own, ...written } : amended(own, file, written, above)
  const fields = new Set(whole.fields.map(({ id }) => id))
  const named = [
    ...whole.indicators.flatMap(({ over, less, under }) => [over, under, ...(less === undefined ? [] : [less])]),
    ...whole.fields.flatMap(({ sumOf = [] }) => sumOf),
  ]
  const lost = named.find((id) => !fields.has(id))
  if (lost !== undefined) throw new BadInput(`${file}: there is no field ${lost}: add it to \`fields\``)
  const sums = new Set(whole.fields.flatMap(({ id, sumOf }) => (sumOf === undefined ? [] : [id])))
  const nested = whole.fields.flatMap(({ sumOf = [] }) => sumOf).find((id) => sums.has(id))
  if (nested !== undefined) throw new BadInput(`${file}: ${nested} is a sum itself: name its parts in \`sumOf\``)
  const indicators = new Set(whole.indicators.map(({ id }) => id))
  const strange = [...whole.limits, ...whole.classes].find(({ indicator }) => !indicators.has(indicator))
  if (strange !== undefined)
    throw new BadInput(`${file}: there is no indicator ${strange.indicator}: add it to \`indicators\``)
  return whole
}

/** Fields and indicators of the amended set, each replaced by one of the same name, those that are gone left out. */
function amended(own: RuleFile, file: string, written: Written, above: readonly string[]): RuleSet {
  const { amends = '' } = own
  if (above.length > MOST_AMENDED || above.includes(amends)) {
    throw new BadInput(`${file}: ${amends} is amended by itself`)
  }
  const beside = join(dirname(file), amends + ENDING)
  const base = readRules(ruleSetNames().includes(amends) ? shippedFile(amends) : beside, [...above, own.id])
  if (Object.hasOwn(base.texts, own.id)) {
    throw new BadInput(`${file}: what it amends is called ${own.id} already: give it another \`id\``)
  }
  const cdd = own.cdd ?? base.cdd
  return {
    ...own,
    fields: merged(base.fields, own.fields).filter(({ id }) => !own.without.includes(id)),
    indicators: merged(base.indicators, own.indicators),
    limits: own.limits,
    classes: own.classes,
    ...(cdd !== undefined && { cdd }),
    texts: { ...written.texts, ...base.texts },
    digests: { ...written.digests, ...base.digests },
  }
}

/** Entries of both, in the order of the first: one of the second counts instead of one of the same name. */
function merged<Entry extends { readonly id: string }>(first: readonly Entry[], second: readonly Entry[]): Entry[] {
  const own = new Map(second.map((entry) => [entry.id, entry]))
  const known = new Set(first.map(({ id }) => id))
  return [...first.map((entry) => own.get(entry.id) ?? entry), ...second.filter(({ id }) => !known.has(id))]
}

/** The state of a rule set on a day of the operator's clock, `2026-11-29`; undefined: none of its states has begun. */
export function ruleStateOn({ states }: RuleFile, day: string): RuleFile['states'][number] | undefined {
  return states.findLast(({ from = '' }) => from <= day)
}
