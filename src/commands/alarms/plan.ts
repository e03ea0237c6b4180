import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { plannedList, type PlannedEntry } from '../../fold/planned/list.ts'
import { readPlanOrder } from '../../fold/planned/orders.ts'
import { askDaemon } from '../ask-daemon.ts'
import { openFree } from '../free-store.ts'
import { CONFIG_OPTION, lengthOfTime, siteOf } from '../arguments.ts'
import { sendCommand } from './order.ts'
import { plannedTable } from './planned-table.ts'

interface PlanOptions {
  config: string
  by: string
  why: string
  from: string
  for: number
  rrule?: string
  hall?: string
  rack?: string
  gateway?: string
  class?: string
  alarms?: string[]
  compliance: boolean
}

const HOUR_MS = 3_600_000
const ANSWER_MS = 5_000

/** `alarms planned`, and `plan | unplan`: planned work by command, beside that of the configuration. */
export function addPlanning(alarms: Command): void {
  alarms
    .command('planned')
    .description('work that is planned, by the configuration and by command, and its share of the time so far')
    .requiredOption(...CONFIG_OPTION)
    .option('--json', 'as the API gives it, times in epoch ms')
    .action(planned)
  alarms
    .command('plan')
    .description('work that is known beforehand: alarms of its place are shelved meanwhile, compliance tells its share')
    .argument('<name>', 'by which rows, notices and `unplan` know it')
    .requiredOption('--from <time>', 'when it begins first, local time of the site, such as 2026-03-03T08:00')
    .requiredOption('--for <time>', 'for so long each time, such as 2h', lengthOfTime)
    .option('--rrule <rule>', 'when it begins again, such as FREQ=MONTHLY;BYDAY=1TU; absent: once')
    .option('--hall <name>', 'only in this hall')
    .option('--rack <name>', 'only at this rack')
    .option('--gateway <name>', 'only behind this gateway')
    .option('--class <name>', 'only at inlets of this class')
    .option('--alarms <kind...>', 'kinds that are shelved; absent: all of the place')
    .option('--no-compliance', 'compliance does not tell of it')
    .requiredOption(...CONFIG_OPTION)
    .requiredOption('--by <name>', 'who has it done')
    .requiredOption('--why <words>', 'what is done')
    .action(plan)
  alarms
    .command('unplan')
    .description('call off work that was planned by command; what goes on of it ends')
    .argument('<name>')
    .requiredOption(...CONFIG_OPTION)
    .requiredOption('--by <name>', 'who says so')
    .option('--why <words>', 'the reason')
    .action(unplan)
}

/** What `/api/v1/planned` gives. */
interface PlannedAnswer {
  readonly work: readonly PlannedEntry[]
  readonly share: Readonly<Record<string, number>>
}

async function planned({ config, json = false }: { config: string; json?: boolean }): Promise<void> {
  const site = siteOf(config)
  const free = await openFree(site.config)
  let answer: PlannedAnswer = { work: plannedList(site, undefined, Date.now()), share: {} }
  if (free === undefined) {
    answer = (await askDaemon(site.config, { path: 'planned', parameters: {}, limitMs: ANSWER_MS })) as PlannedAnswer
  } else {
    await free.close()
    process.stderr.write('no daemon runs on this store: only work of the configuration is told\n')
  }
  process.stdout.write(json ? `${JSON.stringify(answer)}\n` : plannedTable(site, answer.work, answer.share))
}

async function plan(name: string, options: PlanOptions): Promise<void> {
  const { from, for: ms, by: who, config: _, ...others } = options
  const work = { name, from, hours: ms / HOUR_MS, who, ...others }
  const site = siteOf(options.config)
  const written = JSON.parse(JSON.stringify(work)) as Record<string, unknown> // without what is not given
  await send(site, `plan ${name}`, { command: 'plan', ...written })
}

async function unplan(name: string, { config, by: who, why }: { config: string; by: string; why?: string }) {
  await send(siteOf(config), `unplan ${name}`, { command: 'unplan', name, who, why })
}

async function send(site: ReturnType<typeof siteOf>, what: string, command: object): Promise<void> {
  const fault = readPlanOrder(site, JSON.stringify(command))?.fault
  if (fault !== undefined) throw new BadInput(fault)
  const id = randomUUID()
  const where = await sendCommand(site, { id, payload: JSON.stringify({ ...command, id }), nowMs: Date.now() })
  process.stdout.write(`${what}: ${where}\n`)
}
