import type { Answers, Kind, Request } from '../requests.ts'
import type { RowBase } from './base.ts'
import { dropEchoes, takeMarked } from './echoes.ts'
import { passBlocks, rejectRows, takeBlocks } from './queue.ts'
import { dropSuspects, noteSuspects, takeSuspects } from './suspects.ts'

/** What the receivers of rows ask for. */
const KINDS = [
  'takeBlocks',
  'passBlocks',
  'rejectRows',
  'takeEchoes',
  'dropEchoes',
  'takeSuspects',
  'noteSuspects',
  'dropSuspects',
] as const satisfies readonly Kind[]

type Asked = Extract<Request, { kind: (typeof KINDS)[number] }>

export function isOfReceiver(request: Request): request is Asked {
  return (KINDS as readonly Kind[]).includes(request.kind)
}

/** Answers a receiver of rows, inside a transaction. */
export function answerReceiver(base: RowBase, request: Asked): Answers[Asked['kind']] {
  const { receiver } = request.body
  switch (request.kind) {
    case 'takeBlocks':
      return takeBlocks(base, receiver, request.body.place, request.body.rows)
    case 'passBlocks':
      passBlocks(base, receiver, request.body.place, request.body.upTo, request.body.echoes)
      return null
    case 'rejectRows':
      rejectRows(base, receiver, request.body.rows, request.body.reason)
      return null
    case 'takeEchoes':
      return takeMarked(base, 'echo', receiver)
    case 'dropEchoes':
      dropEchoes(base, receiver, request.body.ids)
      return null
    case 'takeSuspects':
      return takeSuspects(base, receiver, request.body.rows)
    case 'noteSuspects':
      noteSuspects(base, receiver, request.body.rows)
      return null
    case 'dropSuspects':
      dropSuspects(base, receiver)
      return null
  }
}
