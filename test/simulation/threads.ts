/**
 * In the place of `node:worker_threads`: the store's thread runs in ours. A request reaches it as a task, and so does
 * its answer; between the two a crash finds a commit that is on the disk and that nobody knows of.
 */
import { EventEmitter } from 'node:events'
import { inside, latencies } from './world.ts'

interface Port {
  emit(name: 'message', message: unknown): boolean
}

/** The thread's side; there is one thread at a time. */
export const parentPort = Object.assign(new EventEmitter(), {
  postMessage(message: unknown, transfer: ArrayBuffer[] = []) {
    const answer = structuredClone(message, { transfer })
    const asker = present.worker
    inside(latencies.answer(), () => asker?.emit('message', answer))
  },
  close() {},
})

const present: { worker: Worker | undefined } = { worker: undefined }

export class Worker extends EventEmitter {
  constructor() {
    super()
    present.worker = this
  }
  postMessage(message: unknown, transfer: ArrayBuffer[] = []): void {
    const request = structuredClone(message, { transfer })
    inside(latencies.ask(), () => void (parentPort as Port).emit('message', request))
  }
  async terminate(): Promise<number> {
    this.emit('exit')
    return 0
  }
}
