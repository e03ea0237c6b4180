import type { IncomingMessage } from 'node:http'
import { PLAN_COMMANDS, readPlanOrder } from '../fold/planned/orders.ts'
import { orderText, readCommand } from '../ingest/command.ts'
import { commandedBy } from '../site/commanded.ts'
import type { Site } from '../site/site.ts'
import { jsonBody } from './json-body.ts'
import { answerJson, answerText, type HttpRoute } from './server.ts'

interface OrderOptions {
  site: () => Site
  /** Takes a command of an account over; resolves once it is on the disk. */
  deliver: (payload: Uint8Array, by: { account: string; from: string }) => Promise<void>
  /** The address that a request comes from. */
  addressOf: (request: IncomingMessage) => string
  /** Told of an order that was refused before it came to the journal. */
  onRefused: (order: { who: string; what: string; from: string; reason: string }) => void
  clock: () => number
}

/** So often the audit is told of orders that nobody known has tried to give. */
const NOBODY_MS = 60_000

/** What an order is, as the answer tells it, or why it is none; and the order in a line. */
interface ReadOrder {
  readonly what: string
  readonly told?: object
  readonly fault?: string | undefined
}

/**
 * `POST /api/v1/alarms/command` with `{ command, alarm, source, why, until }` and the others of the command topic
 * (command.ts), `plan` and `unplan` among them; `who` is the account. It is journalled like any command, so that a
 * replay carries it out again. 202: it is on the disk; what came of it is told by the alarm's next row and by the
 * audit. 400: why it is none.
 */
export function orderRoute({ site, deliver, addressOf, onRefused, clock }: OrderOptions): HttpRoute {
  let nobodyMs = -Infinity
  return {
    path: '/api/v1/alarms/command',
    right: 'operator',
    orders: ['POST'],
    async answer(request, response, _url, { name }) {
      if (request.method !== 'POST') return answerText(response, 405, 'only POST')
      const from = addressOf(request)
      const refuse = (what: string, reason: string): void => {
        onRefused({ who: name, what, from, reason })
        answerText(response, 400, reason)
      }
      const body = await jsonBody(request)
      if (body === undefined) return refuse('', 'a command is a JSON object of at most 4 KiB')
      const payload = Buffer.from(JSON.stringify({ ...body, who: name }))
      const { what, told, fault } = readOrder(site(), payload, clock())
      if (fault !== undefined) return refuse(what, fault)
      await deliver(payload, { account: name, from })
      answerJson(response, 202, { ...told, who: name })
    },
    onTurnedAway(request, { name }, reason) {
      const nowMs = clock()
      if (name === '' && Math.abs(nowMs - nobodyMs) < NOBODY_MS) return
      if (name === '') nobodyMs = nowMs
      onRefused({ who: name, what: '', from: addressOf(request), reason })
    },
  }
}

function readOrder(site: Site, payload: Buffer, nowMs: number): ReadOrder {
  const planned = readPlanOrder(site, payload)
  if (planned !== undefined) {
    const { what, command, name, fault } = planned
    return { what, told: { command, name }, fault }
  }
  const read = readCommand(payload, nowMs, PLAN_COMMANDS)
  if ('fault' in read) return { what: '', fault: read.fault }
  const { command, alarm, source } = read
  const commanded = commandedBy(site, read)
  return {
    what: orderText(read),
    told: { command, alarm, source },
    fault: 'fault' in commanded ? commanded.fault : undefined,
  }
}
