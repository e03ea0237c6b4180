/**
 * `coldaisle/testing`: test a site's configuration against recordings, in any test runner under Node 24 or newer. Load
 * a configuration, replay a recording, look at the rows: the code and the rows are those of `coldaisle replay`, and
 * nothing but the named files is read. `config/example.test.ts` shows it in use.
 */
import { formatFault, parseConfig, readConfig, type Config, type Fault } from './config/config.ts'
import { createReplay, endReplay, replayFiles, replayLine, type Replay, type Summary } from './fold/replay.ts'
import { formatLine, type Packet } from './ingest/recording.ts'
import type { Row } from './rows/rows.ts'
import type { Measurement, MEASUREMENTS } from './rows/tables/measurements.ts'
import { createSite, type Site } from './site/site.ts'

export type { Measurement, Packet, Row, Site, Summary }

/** What a replay gave. `rows` are in order of emission: a correction is the same row (tags and time) again, later. */
export interface Replayed {
  rows: readonly Row[]
  /**
   * Lines, packets and readings; `outcomes` counts the readings by what became of them, `badLines` tells the first
   * five.
   */
  summary: Summary
}

type Columns<M extends Measurement> = (typeof MEASUREMENTS)[M]['fields']

type ValueOf<Column> = Column extends { type: 'string' } ? string : Column extends { type: 'bool' } ? boolean : number

/** The tags of a measurement, such as `site`, `boundary`, `window` and `category` of `pue`. */
export type TagsOf<M extends Measurement> = Readonly<Record<(typeof MEASUREMENTS)[M]['tags'][number], string>>

/**
 * A row of one measurement. `timeMs` is the end of its interval or window, or the moment of a transition (epoch ms,
 * UTC). The unit of a field is the end of its name (`energy_j`, `mean_w`, `dry_bulb_c`, `out_pct`); `coverage` is 0..1.
 * A field that is not known is absent, never 0.
 */
export interface RowOf<M extends Measurement> {
  measurement: M
  tags: TagsOf<M>
  fields: { readonly [Name in keyof Columns<M>]?: ValueOf<Columns<M>[Name]> }
  timeMs: number
}

/**
 * The site of a configuration file, YAML or JSON; `${VAR}` is replaced from the environment. Throws an Error whose
 * message has one line for each fault, `file:line:column path: reason`.
 */
export function siteFromFile(file: string): Site {
  return siteOf(readConfig(file, process.env))
}

/** The site of a configuration's text, as `siteFromFile` does; its faults name the file `site.yaml`. */
export function siteFromText(text: string): Site {
  return siteOf(parseConfig(text, { env: process.env }))
}

/**
 * Replays recordings one after the other as one story; `.gz` is read too. Time is the recording's own: a day takes
 * seconds. Throws an Error when a file cannot be read, a gzip file is damaged or no line of a file is a packet. A line
 * that is no packet is counted as `bad_line`.
 */
export async function replayFile(site: Site, ...files: readonly string[]): Promise<Replayed> {
  const rows: Row[] = []
  const replay = createReplay(site, (row) => rows.push(row))
  await replayFiles(replay, files, async () => {})
  return ended(replay, rows)
}

/**
 * Replays lines of a recording, as `mosquitto_sub -F %j` prints them and `packetLine` makes them. Never throws for a
 * line.
 */
export function replayLines(site: Site, lines: Iterable<string>): Replayed {
  const rows: Row[] = []
  const replay = createReplay(site, (row) => rows.push(row))
  let number = 0
  for (const line of lines) replayLine(replay, line, `line ${++number}`)
  return ended(replay, rows)
}

/** The line of a recording for a packet that arrives at `nowMs` (epoch ms, UTC); its payload is text, bytes or JSON. */
export function packetLine(packet: Packet): string {
  return formatLine(packet)
}

/**
 * The rows of one measurement with the given tags, each as last corrected, in order of time. No such row: an empty
 * list. Alarms are `rowsOf(replayed, 'alarm')`: one row for each transition, its `state` raised, cleared, stale …
 */
export function rowsOf<M extends Measurement>(
  { rows }: Replayed,
  measurement: M,
  tags: Partial<TagsOf<M>> = {},
): RowOf<M>[] {
  const wanted = Object.entries(tags)
  const last = new Map<string, RowOf<M>>()
  for (const row of rows) {
    if (!isOf(row, measurement) || wanted.some(([tag, value]) => row.tags[tag] !== value)) continue
    last.set(JSON.stringify([row.tags, row.timeMs]), row)
  }
  return [...last.values()].sort((a, b) => a.timeMs - b.timeMs)
}

function siteOf(read: { config: Config } | { faults: Fault[] }): Site {
  if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
  return createSite(read.config)
}

function isOf<M extends Measurement>(row: Row, measurement: M): row is Row & RowOf<M> {
  return row.measurement === measurement
}

function ended(replay: Replay, rows: readonly Row[]): Replayed {
  return { rows, summary: endReplay(replay) }
}
