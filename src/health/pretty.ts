/** What a line of the log is made of; all else are facts. */
interface LogLine {
  level?: unknown
  time?: unknown
  msg?: unknown
}

const RESET = '\u001b[0m'
const COLORS: Readonly<Record<string, string>> = { warn: '\u001b[33m', error: '\u001b[31m' }
const GREY = '\u001b[90m'
/** Characters that would move a terminal's cursor or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** A log line of JSON as a person reads it: `10:00:00 warn  the broker is lost  reason=…`. */
export function prettyLine(json: string, { colors }: { colors: boolean }): string {
  const { level, time, msg, ...facts } = JSON.parse(json) as LogLine & Record<string, unknown>
  const paint = (color: string | undefined, text: string) =>
    colors && color !== undefined ? `${color}${text}${RESET}` : text
  const clock = paint(GREY, new Date(String(time)).toTimeString().slice(0, 8))
  const name = paint(COLORS[String(level)], String(level).padEnd(5))
  const told = factsOf(facts)
  return `${clock} ${name} ${printed(String(msg))}${told === '' ? '' : `  ${paint(GREY, told)}`}\n`
}

/** Facts that the words do not tell anyway: what a state is called and what it is are in them. */
function factsOf({
  name: _,
  state: __,
  before: ___,
  lasted_s: ____,
  detail,
  ...rest
}: Record<string, unknown>): string {
  const all = { ...(typeof detail === 'object' ? detail : {}), ...rest }
  return Object.entries(all)
    .map(([key, value]) => `${printed(key)}=${printed(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(' ')
}

function printed(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}
