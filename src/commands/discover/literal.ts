import { literalText } from '../../config/document/text.ts'

/** What YAML or a terminal could take for more than a letter: controls, marks of direction, halves of letters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u{feff}]/gu
const PLAIN = /^[A-Za-z][A-Za-z0-9._-]*$/
/** Plain words that YAML reads as something else than text, in one of its versions. */
const RESERVED = /^(?:null|true|false|yes|no|on|off|y|n|nan|inf)$/i
const MOST_NAME = 56

/** A foreign text as a value of the configuration that reads back as this text, whatever it holds. */
export function quoted(text: string): string {
  return inQuotes(literalText(text))
}

/** A name of ours, as key or value. */
export function bareName(name: string): string {
  return PLAIN.test(name) && !RESERVED.test(name) ? name : inQuotes(name)
}

function inQuotes(text: string): string {
  const escaped = text
    .replaceAll(/["\\]/g, (char) => `\\${char}`)
    .replaceAll(UNSAFE, (char) => {
      const code = (char.codePointAt(0) ?? 0).toString(16)
      return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`
    })
  return `"${escaped}"`
}

/** A foreign text as part of a name: 1 to 56 characters of A–Z a–z 0–9 . _ -, beginning with a letter. */
export function nameOfText(text: string): string {
  const plain = text
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/-{2,}/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
  const begun = /^[A-Za-z]/.test(plain) ? plain : `p-${plain}`.replace(/-$/, '')
  // The end tells more than the beginning: rack and quantity stand there
  return begun.length <= MOST_NAME ? begun : `${begun.slice(0, 16)}-${begun.slice(17 - MOST_NAME)}`
}

/** The same name, or with a number behind it, so that no two are alike. */
export function uniqueName(text: string, taken: Set<string>): string {
  const wish = nameOfText(text)
  let name = wish
  for (let n = 2; taken.has(name); n++) name = `${wish}-${n}`
  taken.add(name)
  return name
}
