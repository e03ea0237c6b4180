/** An alarm notification on its way. `id` is the receiver's; one id may be sent with several states. */
export interface Notice {
  id: string
  topic: string
  /** JSON: see `NoticeBody` (alarm-rows.ts). */
  payload: string
}
