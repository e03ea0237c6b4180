/** Payloads that are refused and that a key of the configuration, or of the sender, makes readable. */
const VALUES: readonly [looks: RegExp, way: string][] = [
  [/^\s*[+-]?\d+,\d+\s*$/, "a decimal comma: declare `decimal: ','`, or `cells: ','` and `at: /0` for two numbers"],
  [/^\s*[+-]?\d+(?:\.\d+)?\s*[^\d\s.,;:{}[\]"]{1,8}\s*$/, 'the unit behind the number is not the one that is declared'],
  [/^\s*[{[]\s*'/, 'names and texts in single quotes are no JSON: have them sent in double quotes'],
  [/^\s*\{[^]*\}\s*\{[^]*\}\s*$/, 'two documents in one message: have a list sent, [{…}, {…}], or a message for each'],
  [
    /[^\P{Cc}\t\r\n]|\ufffd/u,
    'bytes of a device: have its network server or gateway decode them, and point at what that publishes ' +
      '(`/uplink_message/decoded_payload/…`, `/object/…`)',
  ],
  [/(?:^|[:\s])(?:true|false)(?:[\s,}]|$)/, 'true and false are no numbers'],
]

const TIMES: readonly [looks: RegExp, way: string][] = [
  [/"\d{12}[SW]"/, 'the time of a meter (DSMR): declare its `timezone`'],
  [/"\d{1,2}\.\d{1,2}\.\d{4} /, 'declare `timezone` and `timeForm: DD.MM.YYYY HH:mm:ss`'],
  [/"\d{1,2}\/\d{1,2}\/\d{2,4} /, 'declare `timezone` and `timeForm`, such as M/D/YYYY h:mm:ss A'],
  [
    /"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?"/,
    'a local time without offset: have it sent, or declare `timezone`',
  ],
  [/"\d{4}-\d\d-\d\d"[^]*"\d\d:\d\d/, 'a date and a time of day: `timeAt: [/date, /time]`'],
  [
    /"\d{4}-\d\d-\d\d[Tt ][\d:.,]+[+-]\d{1,3}(?::\d?)?"/,
    'the offset has not two digits of hours: have it sent as +00:00',
  ],
]

/** Of a stamp that tells nothing of the time. */
const NO_CLOCK = 'a clock that was never set, or an uptime: `timeAt: none` takes the time of arrival'

/** What makes a refused number readable; undefined where nothing special is seen. */
export function wayOfValue(payload: string): string | undefined {
  return VALUES.find(([looks]) => looks.test(payload.slice(0, LOOKED_AT)))?.[1]
}

/** What makes a refused stamp readable. */
export function wayOfTime(payload: string): string {
  return TIMES.find(([looks]) => looks.test(payload.slice(0, LOOKED_AT)))?.[1] ?? NO_CLOCK
}

const LOOKED_AT = 1000
