/** What the embedded broker turns away, counted by name. */
export type Guard =
  /** More connections than it takes, in all or from one address. */
  | 'connections'
  /** No CONNECT in time. */
  | 'no_connect'
  | 'credentials'
  /** A packet whose length bytes say more than it takes. */
  | 'oversize'
  /** No MQTT, broken text, or a packet id of 0. */
  | 'malformed'
  /** A topic that the client may not publish to, or a filter that it may not subscribe to. */
  | 'topic'
  | 'rate'
  | 'subscriptions'
  | 'will'

/** A change of the connection to the broker, or of the embedded broker and its clients. Each is reported once. */
export type LinkChange =
  /** `sessionPresent`: the broker kept our session, with everything that came meanwhile. */
  | { kind: 'connected'; sessionPresent: boolean }
  | { kind: 'lost'; reason: string }
  /** A connection could not be made, for another reason than last time. It keeps trying. */
  | { kind: 'refused'; reason: string }
  /** The broker has forgotten a session that we counted on: what was published meanwhile may be missing. */
  | { kind: 'session_lost' }
  /**
   * Another program uses our client id: `count` times within a minute it took the connection over, by the broker's or
   * its own words. Told at the third time and at each after it.
   */
  | { kind: 'takeover'; count: number }
  /** The same, by its own words, and it began later than we: it is the one that has to stop. */
  | { kind: 'twin'; count: number }
  | { kind: 'subscription_refused'; topics: readonly string[]; reason: string }
  /** The embedded broker listens at this address. */
  | { kind: 'listening'; host: string; port: number }
  /** A guard turned somebody away: at its first time and then once a minute at most; `count` since the start. */
  | { kind: 'guarded'; guard: Guard; count: number; reason: string }
  /** The embedded broker refused a client what its account does not allow; `count` of its refusals since the start. */
  | { kind: 'rights'; client: string; from: string; count: number; reason: string; isCommand: boolean }

/** How a message is published. */
export interface HowPublished {
  readonly retain: boolean
  readonly qos: 0 | 1
  /** After so many seconds the broker gives it out no more, where it speaks MQTT 5; absent: it does for ever. */
  readonly expireS?: number
}

/** A way to a broker, for publishing and for its state. */
export interface Link {
  /**
   * Resolves when the broker has confirmed it (qos 1) or when it is on its way (qos 0). Rejects at once if there is no
   * connection or too much is on its way already: nothing is kept here for later, that is the outbox' work.
   */
  publish(topic: string, payload: string, how: HowPublished): Promise<void>
  readonly connected: boolean
  /** How much the embedded broker has refused to each client by its account; absent: there is no such broker. */
  readonly refusedByClient?: ReadonlyMap<string, number>
  /** Subscribes to these topics in the same session, and unsubscribes from all others. */
  setTopics(topics: readonly string[]): void
  /**
   * Goes on with the certificates that its files hold at `nowMs`, where one has changed; open connections are made
   * anew. Says whether that is so. Throws Error where the embedded broker cannot show its own: it keeps what it has.
   */
  renew?(nowMs: number): boolean
  /**
   * Takes no more messages, gives those that wait for their ack 2 s to get it, says goodbye and closes. The session
   * stays with the broker.
   */
  close(): Promise<void>
}

/** A plain publisher, for simulators and tests. */
export interface Publisher {
  /** Resolves when the broker has it (qos 1), or it is written (qos 0); waits while too many are on their way. */
  publish(topic: string, payload: string | Uint8Array, how: { qos: 0 | 1; retain: boolean }): Promise<void>
  /** Resolves when a message published now need not wait, or when `signal` is aborted. */
  room(signal?: AbortSignal): Promise<void>
  /** Resolves when no message is on its way any more, or when `signal` is aborted. */
  settled(signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}
