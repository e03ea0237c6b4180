import type { Notice } from '../rows/notice.ts'

export interface QueuedNotice {
  /** Rises, never used again. */
  id: number
  notice: Notice
  /** Since when it waits for its receivers, epoch ms; 0: not known. */
  atMs: number
}

/** The newest notice of an alarm, which waits for a receiver's quiet hours to end. */
export interface HeldNotice {
  notice: Notice
  /** Since when it waits, epoch ms. */
  atMs: number
  /** The receiver was told of this alarm before: it is to hear of its end, too. */
  told: boolean
}

/** A notice to be held for a receiver in place of an earlier one of its id; or the id of one to be held no more. */
export type HeldChange = { readonly put: HeldNotice } | { readonly drop: string }

/** How far a receiver has come: it has every notice up to this number, or will never get it. */
export interface ReceiverPlace {
  name: string
  passedId: number
}

/** An alarm that a notice has announced and none has ended. */
export interface StandingAlarm {
  alarm: string
  /** For a flood's group, the worst source of the group. */
  source: string
  /** raised, acked, stale, returned or latched. */
  state: string
  /** Since when it stands, epoch ms. */
  sinceMs: number
  /** The last notice about it. */
  notice: Notice
}

/**
 * One queue of notices on the disk, in which each receiver has a place of its own:
 *
 *     notices      … 41   42   43   44   45   46      `Depth.lastNotice` is 46
 *     mqtt                               ▲ has passed 45, takes 46 next
 *     webhook-1                ▲ has passed 43, takes 44, 45, 46 next
 *                  └───────────┘ deleted: all receivers have passed them
 *
 * A receiver passes a notice once it has it, or will never get it. More than 100,000 notices push the oldest out, which
 * `Depth.droppedNotices` counts.
 */
export interface NoticeQueue {
  /**
   * Sets who the receivers are. A new one begins behind the newest notice; one that is gone keeps no notice from being
   * deleted. Returns their places.
   */
  setReceivers(names: readonly string[]): Promise<ReceiverPlace[]>
  /** Notices that the receiver has not passed, oldest first; none for a receiver that is not set. */
  takeNotices(receiver: string, limit: number): Promise<QueuedNotice[]>
  /** Passes notices, and in the same transaction changes what is held for the receiver. */
  passNotices(receiver: string, uptoId: number, held?: HeldChange): Promise<void>
  /** What is held for a receiver, oldest first. */
  heldNotices(receiver: string): Promise<HeldNotice[]>
  /** All alarms that notices have announced and none has ended. */
  standing(): Promise<StandingAlarm[]>
  /** Queues alarms that stand in state raised, and whose last notice is `afterMs` old, once more. Returns how many. */
  remind(nowMs: number, afterMs: number): Promise<number>
  /** Ends the alarms on these topics, whose sources are gone: queues a notice `cleared` with this message. */
  endStanding(topics: readonly string[], nowMs: number, message: string): Promise<void>
}
