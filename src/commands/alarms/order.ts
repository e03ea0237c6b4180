import { randomUUID } from 'node:crypto'
import { BadInput } from '../../config/bad-input.ts'
import { LOCAL, readLocalToken } from '../../config/accounts/local-token.ts'
import type { Config } from '../../config/config.ts'
import { didYouMean } from '../../config/faults.ts'
import { parseListenAddress, urlOfListener } from '../../config/listen-address.ts'
import { ALARM_KINDS } from '../../core/contract/alarm-kinds.ts'
import {
  COMMAND_PLACES,
  commandTopic,
  readCommand,
  replyTopic,
  type CommandAnswer,
  type OperatorCommand,
} from '../../ingest/command.ts'
import { publishAndHear } from '../../mqtt/mqtt.ts'
import { createClientFiles } from '../../mqtt/renewal.ts'
import { sourceNames } from '../../site/alarms.ts'
import { commandedBy } from '../../site/commanded.ts'
import type { Site } from '../../site/site.ts'
import { openFree } from '../free-store.ts'

/** A command as it is sent: everything as text. */
interface Asked {
  command: string
  alarm: string
  source?: string | undefined
  who: string
  why?: string | undefined
  until?: string | undefined
  hall?: string | undefined
  rack?: string | undefined
  gateway?: string | undefined
  class?: string | undefined
}

/** So long an answer of the daemon is waited for. */
const ANSWER_MS = 10_000

/**
 * Sends an order to the daemon through the broker that it listens to, and waits for its answer. Without a daemon the
 * order goes to the journal, which the daemon folds when it starts. Throws `BadInput` if the daemon refuses, and for an
 * unknown alarm or source, naming those that there are. Returns what became of it.
 */
export async function sendOrder(site: Site, asked: Asked, nowMs: number): Promise<string> {
  const id = randomUUID()
  const payload = JSON.stringify({ ...asked, id })
  const order = readCommand(payload, nowMs)
  if ('fault' in order) throw new BadInput(faultText(asked, order.fault))
  checkSource(site, order)
  return await sendCommand(site, { id, payload, nowMs })
}

/** Sends a command that has been checked, as `sendOrder` does. */
export async function sendCommand(
  site: Site,
  { id, payload, nowMs }: { id: string; payload: string; nowMs: number },
): Promise<string> {
  const topic = commandTopic(site.config.site.id)
  const store = await openFree(site.config)
  if (store !== undefined) {
    try {
      const { foldedSeq } = store.start()
      const packet = { nowMs, topic, payload: Buffer.from(payload), retain: false }
      await store.commit({ packets: [packet], foldedSeq, rows: { blocks: [], series: [], superseded: 0 }, notices: [] })
    } finally {
      await store.close()
    }
    return 'no daemon runs: it is in the journal, and counts when the daemon starts'
  }
  const answer = await askBroker(site.config, topic, payload, id)
  if (answer === undefined) return `sent to the daemon, which has not answered within ${ANSWER_MS / 1000} s`
  if (!answer.done) throw new BadInput(`sent to the daemon, which refuses: ${answer.reason ?? 'it does not say why'}`)
  const { command, changed } = answer
  const nothing = command === 'plan' || command === 'unplan' ? 'done, no alarm to change' : 'nothing to change'
  return `sent to the daemon: ${changed === 0 ? nothing : `done, ${changed} alarm${changed === 1 ? '' : 's'}`}`
}

function faultText({ alarm }: Asked, fault: string): string {
  if (ALARM_KINDS.some((kind) => kind === alarm)) return fault
  return `there is no alarm "${alarm}": ${didYouMean(alarm, ALARM_KINDS)() ?? fault}`
}

function checkSource(site: Site, order: OperatorCommand): void {
  const commanded = commandedBy(site, order)
  if (!('fault' in commanded)) return
  const { alarm, where } = order
  for (const place of COMMAND_PLACES) {
    const known = new Set(ALARM_KINDS.flatMap((kind) => site.rules.places(kind).map((it) => it[place])))
    known.delete('')
    const named = where[place]
    if (named === undefined || known.has(named)) continue
    const hint = didYouMean(named, known)() ?? `there are ${[...known].slice(0, 10).join(', ')}`
    throw new BadInput(`there is no ${place} "${named}" here: ${hint}`)
  }
  const names = alarm === '*' ? [] : sourceNames(site, alarm)
  const some = names.length === 0 ? '' : `: it has ${names.slice(0, 10).join(', ')}`
  const more = names.length > 10 ? ` and ${names.length - 10} more` : ''
  throw new BadInput(`${commanded.fault}${some}${more}`)
}

async function askBroker(
  { mqtt, site, store }: Config,
  topic: string,
  payload: string,
  id: string,
): Promise<CommandAnswer | undefined> {
  if (mqtt === undefined) throw new BadInput('mqtt is not configured: the daemon cannot be reached')
  const read = (bytes: Buffer) => JSON.parse(bytes.toString('utf8')) as CommandAnswer
  const answer = await publishAndHear(mqtt.url ?? urlOfOwnBroker(mqtt), secretsOf(mqtt, store.path), {
    topic,
    payload,
    answerTopic: replyTopic(site.id),
    isAnswer: (bytes) => bytes.includes(id) && read(bytes).id === id,
    ms: ANSWER_MS,
  }).catch((error: unknown) => {
    throw new BadInput(error instanceof Error ? error.message : 'the broker cannot be reached')
  })
  return answer === undefined ? undefined : read(answer)
}

/**
 * How the broker is told who we are. The embedded one is known by its very certificate, whatever name that was made
 * for. One with accounts lets us in by the secret that the daemon has left for this machine's commands.
 */
function secretsOf(mqtt: NonNullable<Config['mqtt']>, folder: string): object {
  const secrets = createClientFiles(mqtt).secrets()
  if (mqtt.listen === undefined) return secrets
  const { certFile, caFile, accountsFile } = mqtt
  const { cert, key, ca: _ca, ...account } = secrets
  const token = accountsFile === undefined ? undefined : readLocalToken(folder)
  if (accountsFile !== undefined && token === undefined) {
    throw new BadInput(`${folder} has no local-token that may be read: run it as the user of the daemon`)
  }
  return {
    ...(token === undefined ? account : { username: LOCAL, password: token }),
    ...(certFile === undefined ? {} : { ca: cert, allowPartialTrustChain: true, checkServerIdentity: () => undefined }),
    ...(caFile === undefined ? {} : { cert, key }),
  }
}

function urlOfOwnBroker({ listen = '', certFile }: NonNullable<Config['mqtt']>): string {
  const address = parseListenAddress(listen)
  if (address === undefined) throw new BadInput(`mqtt.listen: ${listen} is no address, such as 127.0.0.1:1883`)
  return urlOfListener(certFile === undefined ? 'mqtt' : 'mqtts', address)
}
