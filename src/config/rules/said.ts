import * as z from 'zod'
import { strict, text } from '../members.ts'

/** What people read of a rule set: one text for all languages of reports, such as a title, or one for each. */
type Said = string | Readonly<Record<'en' | 'fr' | 'de', string>>

export function said(described: string) {
  const each = strict({ en: text('English'), fr: text('French'), de: text('German') })
  return z.union([text(described), each]).describe(described)
}

/** By this text a report knows what is said; renderings look the other languages up. */
export function inEnglish(of: Said): string {
  return typeof of === 'string' ? of : of.en
}

/** All texts of a rule set that it has in each language, by the English one. */
export function translationsOf(rules: object): Record<string, { fr: string; de: string }> {
  const found: Record<string, { fr: string; de: string }> = {}
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('en' in value && 'fr' in value && 'de' in value) {
      found[String(value.en)] = { fr: String(value.fr), de: String(value.de) }
    } else Object.values(value).forEach(look)
  }
  look(rules)
  return found
}
