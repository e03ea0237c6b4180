/** One message as it arrived. `retain`: it was already there when we subscribed, so it is state and not news. */
export interface Arrival {
  topic: string
  payload: Uint8Array
  retain: boolean
}

/**
 * Takes one message over. `ack` is called once the message is on stable storage, and only then does its sender hear of
 * it; acks may be called in any order, they leave in order of arrival. An ack that comes too late (the connection is
 * gone) does nothing, and the message comes again. What is never acked holds its place: the sender stops in the end.
 */
export type Deliver = (arrival: Arrival, ack: () => void) => void
