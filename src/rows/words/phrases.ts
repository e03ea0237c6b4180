import type { AlarmKind, AlarmRowState, Severity } from '../../core/contract/alarm-kinds.ts'
import type { CalendarUnit } from '../../core/contract/plan.ts'
import type { AlarmBy, AlarmRow } from '../../core/contract/sink.ts'
import type { LimitOwner, AlarmPlace, Unseen } from './facts.ts'
import type { Format } from './format.ts'

/** What a sentence about an alarm is made of. */
export interface AlarmFacts {
  readonly row: AlarmRow
  readonly place: AlarmPlace
  readonly owner: LimitOwner | undefined
  readonly unseen: Unseen | undefined
  /** How far back inside its limit an alarm clears, in the unit of the limit. */
  readonly deadband: number
  /** Of the row's numbers. */
  readonly unit: string
  readonly offDelayMs: number
  /** How often a silent point should be heard; how many points are behind a gateway, branches behind an uplink. */
  readonly everyMs: number
  readonly members: number
  /** Of a target: what its indicator is called, and over which time, ms or a unit of the calendar. */
  readonly target: { readonly name: string; readonly over: number | CalendarUnit } | undefined
  /** Of readings that only a birth could tell the meaning of: where their node is asked for one, and who asks. */
  readonly birth: { readonly topic: string; readonly asks: 'we' | 'nobody' } | undefined
}

/** Everything that is said of alarms, in one language. Clauses neither begin with a capital nor end with a stop. */
export interface Phrases {
  readonly format: Format
  /** A text with the blanks of this language. */
  readonly typeset: (text: string) => string
  /** Between a place or a heading and what is said of it. */
  readonly colon: string
  /** Each kind's name within a sentence. */
  readonly alarm: Readonly<Record<AlarmKind, string>>
  /** A kind as a headline: what is wrong. */
  readonly title: Readonly<Record<AlarmKind, string>>
  /** A state in a word or two, behind a headline. */
  readonly stateName: Readonly<Record<AlarmRowState, string>>
  /** At the beginning of a message. */
  readonly severity: Readonly<Record<Severity, string>>
  place(kind: AlarmKind, place: AlarmPlace): string
  /** How things stand, by the verdict on the newest sample. */
  condition(facts: AlarmFacts): string
  /** A limit with its unit, and whose it is. */
  limit(facts: AlarmFacts): string
  /** Since when a breach lasts, for how long, and how far it went. */
  lasts(facts: AlarmFacts): string
  /** The same of a breach that is over. */
  lasted(facts: AlarmFacts): string
  /** Some names of so many. */
  list(names: readonly string[], count: number): string
  unseen(unseen: Unseen, kind: AlarmKind): string
  /** By whom, and why. */
  by(by: AlarmBy): string
  state: {
    late(condition: string, at: string): string
    acked(by: string): string
    latched: string
    normal(alarm: string, by: string): string
    /** It was set aside, and is looked at again. */
    notRaised(alarm: string): string
    retired(alarm: string): string
    shelved(alarm: string, until: string, by: string): string
    present(condition: string): string
    unshelved(alarm: string, by: string): string
    /** Another alarm, by its name, stands for it. */
    suppressed(by: string): string
    /** Raised for so many times within an hour. */
    chattering(times: number): string
    /** It still comes and goes; and it no longer does. */
    cycling(times: number): string
    quiet(alarm: string, times: number): string
    takenOut(alarm: string, by: string): string
    stale(facts: AlarmFacts, alarm: string, condition: string): string
    /** When a breach began that nobody sees any more. */
    began(at: string): string
    returned(facts: AlarmFacts, condition: string): string
    reclassified(alarm: string, severity: string): string
  }
  /** Sentences of a flood's group. */
  group: {
    /** Of a hall, or of the whole site. */
    where(site: string, hall: string): string
    many(title: string, count: number, list: string): string
    worst(name: string, condition: string): string
    first(at: string): string
    over(alarm: string, most: number): string
    limit(limit: string): string
  }
  /** Lines of the full text behind the message. */
  advice: { cause: string; consequence: string; action: string; respond(minutes: number): string }
  links: { page: string; dashboard: string }
  /** Said of an alarm whose source the configuration no longer has. */
  gone: string
}
