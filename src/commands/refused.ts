import { InvalidArgumentError, Option, type Command } from 'commander'
import type { Config } from '../config/config.ts'
import { OUTCOMES } from '../core/contract/outcome.ts'
import { refusedBody, type RefusedBody } from '../http/refused-body.ts'
import { formatInstant, parseInstant } from '../ingest/times.ts'
import { countText } from '../rows/numbers.ts'
import { CONFIG_OPTION, configOf, lengthOfTime } from './arguments.ts'
import { askDaemon } from './ask-daemon.ts'
import { openFree } from './free-store.ts'
import { columnsOf, printable } from './columns.ts'
import { writeOut } from './output.ts'

interface RefusedOptions {
  config: string
  json?: true
  topic?: string
  outcome?: string
  since?: number
}

const PACKETS = 2_000
const ANSWER_MS = 10_000
const PAYLOAD_LENGTH = 200

export function addRefused(coldaisle: Command): void {
  coldaisle
    .command('refused')
    .description('what was refused and why: readings by reason and topic, and packets kept as examples')
    .requiredOption(...CONFIG_OPTION)
    .option('--json', 'as JSON, in the form of /api/v1/refused')
    .option('--topic <topic>', 'of this topic alone')
    .addOption(new Option('--outcome <outcome>', 'for this reason alone').choices(OUTCOMES))
    .option('--since <time>', 'ISO 8601 with offset, or how long ago: 30m, 2h, 1d', since)
    .action(async ({ config, json, ...wanted }: RefusedOptions) => {
      const refused = await askRefused(configOf(config), wanted)
      writeOut(json === true ? `${JSON.stringify(refused)}\n` : refusedText(refused))
    })
}

/** Epoch ms. */
function since(text: string): number {
  const tMs = parseInstant(text)
  if (!Number.isNaN(tMs)) return tMs
  try {
    return Date.now() - lengthOfTime(text)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new InvalidArgumentError('Write a time with its offset, or a length of time such as 20s, 30m, 2h or 1d.')
  }
}

/** From the daemon that runs, or from the store of one that does not. */
async function askRefused(config: Config, wanted: Omit<RefusedOptions, 'config' | 'json'>): Promise<RefusedBody> {
  const { outcome, topic, since: sinceMs } = wanted
  const store = await openFree(config)
  if (store === undefined) {
    const parameters = {
      limit: String(PACKETS),
      ...(outcome === undefined ? {} : { outcome }),
      ...(topic === undefined ? {} : { topic }),
      ...(sinceMs === undefined ? {} : { since: String(sinceMs) }),
    }
    return (await askDaemon(config, { path: 'refused', parameters, limitMs: ANSWER_MS })) as RefusedBody
  }
  try {
    const query = {
      sinceMs: sinceMs ?? 0,
      limit: PACKETS,
      ...(outcome === undefined ? {} : { outcome }),
      ...(topic === undefined ? {} : { topic }),
    }
    return refusedBody(await store.refused(query))
  } finally {
    await store.close()
  }
}

/** Two tables, the newest first: counts, then packets. */
function refusedText({ counts, packets, fallen }: RefusedBody): string {
  if (counts.length === 0) return 'nothing was refused\n'
  const kinds = counts.map(({ outcome, topic, readings, firstMs, lastMs }) => {
    const name = topic === '' ? '(other topics)' : topic
    return [outcome, name, countText(readings), formatInstant(firstMs), formatInstant(lastMs)]
  })
  const kept = packets.map(({ timeMs, outcome, topic, points, payload, payload_hex: hex = '', cut }) => {
    const text = payload === undefined ? `0x${hex}` : JSON.stringify(payload).slice(1, -1)
    const isLong = cut === true || text.length > PAYLOAD_LENGTH
    return [
      formatInstant(timeMs),
      outcome,
      topic,
      points.join(','),
      text.slice(0, PAYLOAD_LENGTH) + (isLong ? '…' : ''),
    ]
  })
  const lines = [
    ...columnsOf([['reason', 'topic', 'readings', 'first', 'last'], ...kinds]),
    '',
    `examples: the first packet of each, then one a minute; ${countText(fallen)} older ones have given way`,
    ...columnsOf([['arrival', 'reason', 'topic', 'points', 'payload'], ...kept]),
  ]
  return `${lines.map(printable).join('\n')}\n`
}
