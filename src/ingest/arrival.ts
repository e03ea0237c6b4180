/** One message as it arrived. `retain`: the broker had kept it from before the subscription. */
export interface Arrival {
  topic: string
  payload: Uint8Array
  retain: boolean
  /** Which account of the embedded broker sent it, and from which address; absent: it has no accounts. */
  by?: { account: string; from: string }
}

/**
 * Takes one message over. The receiver calls `ack` once the message is on stable storage; only then is it confirmed to
 * the sender. Acks may be called in any order, confirmations leave in order of arrival. An ack after the end of the
 * connection does nothing, and the sender sends the message again. A message that is never acked holds all later ones
 * back.
 */
export type Deliver = (arrival: Arrival, ack: () => void) => void
