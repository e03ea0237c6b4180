/** Units that stand behind a number; what follows must not go on as a word. */
const UNIT = /(?<=\d) (?=(?:%|°C|K|[kM]?Wh?|m³|m|[jdhs]|min)(?![\p{L}\p{N}]))/gu

/**
 * Sets the blanks of French that must not end a line. They are narrow before `;` `?` `!`, and of full width before `:`,
 * inside « », and between a number and its unit (Lexique des règles typographiques de l'Imprimerie nationale).
 */
function typesetFrench(text: string): string {
  return text
    .replace(/ (?=[;?!])/g, '\u202f')
    .replace(/ (?=[:»])|(?<=«) /g, '\u00a0')
    .replace(UNIT, '\u00a0')
}

/** How a text is set in a language. Everything that is said of alarms goes through it. */
export const TYPESET: Readonly<Record<'en' | 'fr', (text: string) => string>> = {
  en: (text) => text,
  fr: typesetFrench,
}

/** A name behind the word for what it is, unless the name begins with that word: `hall h1`, but `hall-2` alone. */
export function called(word: string, name: string): string {
  const isSaid = name.toLowerCase().startsWith(word.toLowerCase()) && !/^\p{L}/u.test(name.slice(word.length))
  return isSaid ? name : `${word} ${name}`
}
