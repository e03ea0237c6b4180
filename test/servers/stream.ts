/** What a stream of a real NATS server has, as a reader without any of our code but the format of its messages sees it. */
import { jetstreamManager, type JetStreamManager, type MsgRequest } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import type { NumberedGroup } from '../../src/store/journal/group.ts'
import { groupOfMessage } from '../../src/store/journal/message.ts'
import type { Server } from './servers.ts'

export interface StreamReader extends AsyncDisposable {
  readonly admin: JetStreamManager
  /** Groups of a subject in the order of the stream. */
  groups(subject: string): Promise<NumberedGroup[]>
}

export async function readStreams(server: Server): Promise<StreamReader> {
  const connection = await connect({ servers: server.url })
  const admin = await jetstreamManager(connection)
  return {
    admin,
    async groups(subject) {
      const [stream = ''] = subject.split('.')
      const groups: NumberedGroup[] = []
      for (let seq = 1; ;) {
        const message = await admin.streams.getMessage(stream, { seq, next_by_subj: subject } as MsgRequest)
        if (message === null) return groups
        const group = groupOfMessage(message.data)
        if (typeof group === 'string') throw new Error(`message ${message.seq} ${group}`)
        groups.push(group)
        seq = message.seq + 1
      }
    },
    [Symbol.asyncDispose]: () => connection.close(),
  }
}
