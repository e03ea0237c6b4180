import { readCommand } from '../ingest/command.ts'
import { commandedBy } from '../site/commanded.ts'
import type { Site } from '../site/site.ts'
import { jsonBody } from './json-body.ts'
import { answerJson, answerText, type HttpRoute } from './server.ts'

interface OrderOptions {
  site: () => Site
  /** Takes a command as the command topic does; resolves once it is on the disk. */
  deliver: (payload: Uint8Array) => Promise<void>
  tell: (who: string, what: string) => void
  clock: () => number
}

/**
 * `POST /api/v1/alarms/command` with `{ command, alarm, source, why, until }` and the others of the command topic
 * (command.ts); `who` is the account. It is journalled like any command, so that a replay carries it out again. 202: it
 * is on the disk; what came of it is told by the alarm's next row. 400: why it is none.
 */
export function orderRoute({ site, deliver, tell, clock }: OrderOptions): HttpRoute {
  return {
    path: '/api/v1/alarms/command',
    right: 'operator',
    orders: ['POST'],
    async answer(request, response, _url, { name }) {
      if (request.method !== 'POST') return answerText(response, 405, 'only POST')
      const body = await jsonBody(request)
      if (body === undefined) return answerText(response, 400, 'a command is a JSON object of at most 4 KiB')
      const payload = Buffer.from(JSON.stringify({ ...body, who: name }))
      const read = readCommand(payload, clock())
      if ('fault' in read) return answerText(response, 400, read.fault)
      const { command, alarm, source, by } = read
      const commanded = commandedBy(site(), read)
      if ('fault' in commanded) return answerText(response, 400, commanded.fault)
      const delivered = deliver(payload)
      // Behind the packet and before anything else: both ride in one commit
      tell(name, `${command} ${alarm} ${source}${by.why === '' ? '' : `: ${by.why}`}`)
      await delivered
      answerJson(response, 202, { command, alarm, source, who: name })
    },
  }
}
