import type { Notice } from '../rows/notice.ts'

export interface QueuedNotice {
  /** Rises, never used again. */
  id: number
  notice: Notice
  /** Since when it is to be told, epoch ms; 0: not known. */
  atMs: number
}

/** How far a receiver has come: every notice up to this number is done with, delivered or not. */
export interface ReceiverPlace {
  name: string
  passedId: number
}

/** An alarm that was told and has not ended. */
export interface StandingAlarm {
  alarm: string
  /** Of a flood's group: the worst of them. */
  source: string
  /** raised, acked, stale or latched. */
  state: string
  /** Since when it stands, epoch ms. */
  sinceMs: number
  /** The notice that told it last. */
  notice: Notice
}

/**
 * Notices in one queue, each receiver with a place of its own in it, on the disk. A notice goes when all have passed it.
 * More than 100,000 push the oldest out, counted in `Depth.droppedNotices`.
 */
export interface NoticeQueue {
  /**
   * From now on these are the receivers. One that is new begins behind the newest notice; one that is gone holds nothing
   * back. Gives their places.
   */
  setReceivers(names: readonly string[]): Promise<ReceiverPlace[]>
  /** Oldest first, those that the receiver has not passed; none for a receiver that is not set. */
  takeNotices(receiver: string, limit: number): Promise<QueuedNotice[]>
  passNotices(receiver: string, uptoId: number): Promise<void>
  /** All alarms that were told and have not ended. */
  standing(): Promise<StandingAlarm[]>
  /** Queues alarms that stand in state raised, and were told last `afterMs` ago, once more. Gives how many. */
  remind(nowMs: number, afterMs: number): Promise<number>
  /** Ends what stands on these topics because its source is no more: queues `cleared` with these words. */
  endStanding(topics: readonly string[], nowMs: number, message: string): Promise<void>
}
