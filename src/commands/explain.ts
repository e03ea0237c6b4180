import type { Command } from 'commander'
import type { Explanation } from '../explain/explain.ts'
import { explainRow, type IndicatorExplanation } from '../explain/indicator.ts'
import { explanationText, indicatorText } from '../explain/text.ts'
import { replayedHistory, storedHistory, type ExplainedRow } from '../explain/row-history.ts'
import { openFold } from '../fold/fold.ts'
import { dropOutputs } from '../fold/outputs.ts'
import { askDaemon } from './ask-daemon.ts'
import { openFree } from './free-store.ts'
import { createReplay, endReplay, replayFiles } from '../fold/replay.ts'
import type { Site } from '../site/site.ts'
import { addText, assertReadable, CONFIG_OPTION, instant, siteOf } from './arguments.ts'
import { failReading } from './ending.ts'

interface ExplainArguments {
  /** Epoch ms; absent: the newest end. */
  at?: number
  json?: boolean
  /** Absent: the PUE. */
  indicator?: string
  /** Recordings to explain from, instead of the store. */
  recording?: string[]
}

/** A long window takes the daemon seconds. */
const ANSWER_MS = 60_000

export function addExplain(coldaisle: Command): void {
  coldaisle
    .command('explain')
    .description(
      'the sum behind a PUE or an indicator, line by line: meter, amount, coverage, class; why intervals do not count',
    )
    .requiredOption(...CONFIG_OPTION)
    .argument('<boundary>')
    .argument('<window>', 'such as 24h, day, day_to_date')
    .option('--at <time>', 'the end at or before it, ISO 8601 with offset; absent: the newest', instant)
    .option('--indicator <name>', 'of one of its indicators, such as wue; absent: of its PUE')
    .option('--json', 'as one object', false)
    .option('--recording <file>', 'explain a recording instead of what the daemon holds; may be given again', addText)
    .action(async (boundary: string, window: string, options: { config: string } & ExplainArguments) => {
      const site = siteOf(options.config)
      assertReadable(options.recording ?? [])
      process.stdout.write(await runExplain(site, boundary, window, options))
    })
}

/**
 * `coldaisle explain`: from recordings, from the store of a daemon that does not run, or by asking the one that does.
 * Rejects with `BadInput` for a question that cannot be answered as it was asked.
 */
export async function runExplain(
  site: Site,
  boundary: string,
  window: string,
  { at = Infinity, json = false, recording, indicator = 'pue' }: ExplainArguments,
): Promise<string> {
  const of = { boundary, indicator, window }
  const told =
    recording === undefined ? await explainStored(site, of, at) : await explainRecordings(site, recording, of, at)
  const { timezone } = site.config.site
  if (json) return `${JSON.stringify(told, null, 2)}\n`
  return 'indicator' in told ? indicatorText(told, timezone) : explanationText(told, timezone)
}

type Told = Explanation | IndicatorExplanation

async function explainRecordings(
  site: Site,
  recordings: readonly string[],
  of: ExplainedRow,
  atMs: number,
): Promise<Told> {
  const { history, keep } = replayedHistory(of)
  const replay = createReplay(site, keep)
  await replayFiles(replay, recordings, async () => {}).catch(failReading)
  endReplay(replay)
  return explainRow(replay.pipeline.site, replay.pipeline.core, history, of, atMs)
}

async function explainStored(site: Site, of: ExplainedRow, atMs: number): Promise<Told> {
  await using store = await openFree(site.config)
  if (store === undefined) return await explainByDaemon(site, of, atMs)
  const { pipeline } = await openFold(site, store, { onBatch: ({ outputs }) => dropOutputs(outputs) })
  const history = storedHistory(store, site.config.site.id, pipeline.core.nextClose * pipeline.core.plan.lengthMs)
  return await explainRow(pipeline.site, pipeline.core, history, of, atMs)
}

async function explainByDaemon({ config }: Site, { boundary, indicator, window }: ExplainedRow, atMs: number) {
  const at = Number.isFinite(atMs) ? { at: String(atMs) } : {}
  const parameters = { boundary, window, ...at, ...(indicator === 'pue' ? {} : { indicator }) }
  return (await askDaemon(config, { path: 'explain', parameters, limitMs: ANSWER_MS })) as Told
}
