import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { takeRows } from '../fold/outputs.ts'
import { formatInstant } from '../ingest/times.ts'
import { fillRow } from '../rows/frames/fill.ts'
import { createFrames } from '../rows/frames/frame.ts'
import { countText } from '../rows/numbers.ts'
import type { Row } from '../rows/rows.ts'
import { openSeriesBook } from '../store/series-book.ts'
import type { DeadLetter, Store } from '../store/types.ts'
import { CONFIG_OPTION, configOf } from './arguments.ts'
import { askDaemon } from './ask-daemon.ts'
import { columnsOf, printable } from './columns.ts'
import { openFree, openStopped } from './free-store.ts'
import { writeOut } from './output.ts'

interface ListOptions {
  config: string
  json?: true
}

/** The daemon answers no more; a stopped one's store is worked on as a whole. */
const LISTED = 5_000
const ALL = 10_000
const ANSWER_MS = 10_000

export function addDeadLetters(coldaisle: Command): void {
  const letters = coldaisle
    .command('dead-letters')
    .description('rows that InfluxDB will never take as they are: what they say and why')
  letters
    .command('list')
    .description('the newest first')
    .requiredOption(...CONFIG_OPTION)
    .option('--json', 'as JSON, in the form of /api/v1/dead-letters')
    .action(async ({ config, json }: ListOptions) => {
      const found = await askLetters(configOf(config))
      writeOut(json === true ? `${JSON.stringify(found)}\n` : lettersText(found))
    })
  letters
    .command('retry')
    .description('sends them again, each as the local history has it now; the daemon must be stopped')
    .argument('[id...]', 'as `list` names them; without: all')
    .requiredOption(...CONFIG_OPTION)
    .action(async (ids: string[], { config }: ListOptions) => {
      const count = await withChosen(configOf(config), ids, requeue)
      writeOut(`${countText(count)} rows wait for InfluxDB again: start the daemon\n`)
    })
  letters
    .command('drop')
    .description('forgets them; the local history keeps the rows; the daemon must be stopped')
    .argument('[id...]', 'as `list` names them; without: all')
    .requiredOption(...CONFIG_OPTION)
    .action(async (ids: string[], { config }: ListOptions) => {
      const count = await withChosen(configOf(config), ids, async () => undefined)
      writeOut(`${countText(count)} dead letters are forgotten\n`)
    })
}

/** From the daemon that runs, or from the store of one that does not. */
async function askLetters(config: Config): Promise<DeadLetter[]> {
  const store = await openFree(config)
  if (store === undefined) {
    const parameters = { limit: String(LISTED) }
    return (await askDaemon(config, { path: 'dead-letters', parameters, limitMs: ANSWER_MS })) as DeadLetter[]
  }
  await using opened = store
  return await opened.deadLetters(LISTED)
}

/** Works on the letters with these ids, or on all, and forgets them then; returns how many there were. */
async function withChosen(
  config: Config,
  ids: readonly string[],
  work: (store: Store, letters: readonly DeadLetter[]) => Promise<void>,
): Promise<number> {
  await using store = await openStopped(config)
  const all = await store.deadLetters(ALL)
  const chosen = ids.length === 0 ? all : all.filter(({ id }) => ids.includes(String(id)))
  await work(store, chosen)
  await store.dropDeadLetters(chosen.map(({ id }) => id))
  return chosen.length
}

/** A row may have been corrected since it was set aside: what the history has of it now is sent, and only once. */
async function requeue(store: Store, letters: readonly DeadLetter[]): Promise<void> {
  const book = openSeriesBook(store.start())
  const frames = createFrames()
  for (const letter of letters.toReversed()) fillRow(frames, book, await presentRow(store, letter))
  const rows = takeRows({ frames }, book)
  const { foldedSeq, cut } = store.start()
  await store.commit({ packets: [], foldedSeq, cut, rows, notices: [] })
}

async function presentRow(store: Store, { measurement, tags, fields, timeMs }: DeadLetter): Promise<Row> {
  const [held] = await store.history(measurement, { tags, fromMs: timeMs, toMs: timeMs, limit: 1 })
  return (held ?? { measurement, tags, fields, timeMs }) as Row
}

function lettersText(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'there are no dead letters\n'
  const lines = letters.map(({ id, timeMs, measurement, tags, fields, reason }) => [
    String(id),
    formatInstant(timeMs),
    measurement,
    wordsOf(tags),
    wordsOf(fields),
    reason,
  ])
  const table = columnsOf([['id', 'time', 'measurement', 'tags', 'fields', 'reason'], ...lines])
  return `${table.map(printable).join('\n')}\n`
}

function wordsOf(members: Readonly<Record<string, unknown>>): string {
  return Object.entries(members)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(',')
}
