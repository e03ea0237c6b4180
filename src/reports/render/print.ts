import type { EnergyReport, Remark } from '../../config/reporting/report-schema.ts'
import { TYPESET } from '../../rows/words/typography.ts'
import { REMARK_WORDS } from './remark-words.ts'
import { LANGUAGES, reportWord, type ReportLanguage, type WordKey } from './words.ts'

const LOCALES: Readonly<Record<ReportLanguage, string>> = { en: 'en-GB', fr: 'fr-FR', de: 'de-DE' }

/** How numbers, times and words are printed in a language, in the time zone of the site. */
export interface Printer {
  readonly language: ReportLanguage
  /** Words of the table, `{0}` replaced by what follows. */
  readonly word: (key: WordKey, ...about: readonly (string | number)[]) => string
  /** What the rule set says, in the language of the page where it has that. */
  readonly said: (text: string) => string
  /** What a field, group, unit or term is called. */
  readonly called: (key: string, otherwise: string) => string
  /** Half to even, so that many decimals; a dash for what is not known. */
  readonly number: (value: number | undefined, digits: number) => string
  /** 0.9871 as 98.71 %. */
  readonly percent: (share: number | undefined) => string
  readonly instant: (tMs: number) => string
  readonly remark: (remark: Remark) => string
  /** What stands between a name and what it is, and between parts of a list: French has a blank before it. */
  readonly colon: string
  readonly semicolon: string
}

/** A dash where nothing is known. */
const NOTHING = '–'

export function createPrinter(language: ReportLanguage, timezone: string, words: EnergyReport['words'] = {}): Printer {
  const locale = LOCALES[language]
  const instants = new Intl.DateTimeFormat(locale, { timeZone: timezone, dateStyle: 'medium', timeStyle: 'medium' })
  const typeset = language === 'fr' ? TYPESET.fr : TYPESET.en
  const blank = language === 'fr' ? ' ' : ''
  const translated = (text: string) => (language === 'en' ? text : (words[text]?.[language] ?? text))
  const printer: Printer = {
    language,
    colon: typeset(`${blank}: `),
    semicolon: typeset(`${blank}; `),
    word: (key, ...about) => typeset(filled(printer, reportWord(language, key), about, (text) => text)),
    said: (text) => typeset(translated(text)),
    called: (key, otherwise) => typeset(reportWord(language, key, translated(otherwise))),
    number: (value, digits) =>
      value === undefined || Number.isNaN(value) ? NOTHING : printed(halfEven(locale, value, digits)),
    percent: (share) => (share === undefined ? NOTHING : typeset(`${printed(halfEven(locale, 100 * share, 2))} %`)),
    instant: (tMs) => instants.format(tMs),
    remark: ({ code, about }) => {
      const inWords = (text: string) =>
        Object.hasOwn(words, text) ? translated(text) : text.split(', ').map(named).join(', ')
      return typeset(filled(printer, REMARK_WORDS[code][LANGUAGES.indexOf(language)] ?? code, about, inWords))
    },
  }
  return printer

  function named(text: string): string {
    return printer.called(text, printer.called(`field.${text}`, text))
  }
}

/** A minus as wide as a plus, which no line ends behind. */
function printed(number: string): string {
  return number.replace('-', '\u2212')
}

/** Rounds the shortest decimal form of a number half to even, as people read it: 0.125 is 0.12, 0.375 is 0.38. */
export function halfEven(locale: string, value: number, digits: number): string {
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    roundingMode: 'halfEven',
    signDisplay: 'negative',
  })
  return format.format(value)
}

function filled(
  printer: Printer,
  text: string,
  about: readonly (string | number)[],
  inWords: (text: string) => string,
): string {
  return text.replaceAll(/\{(\d)(?::(\+?)([%\d]))?\}/g, (_, place: string, sign?: string, form?: string) => {
    const value = about[Number(place)] ?? ''
    if (typeof value === 'string') return inWords(value)
    const plus = sign === '+' && value > 0 ? '+' : ''
    return plus + (form === '%' ? printer.percent(value) : printer.number(value, Number(form ?? 0)))
  })
}
