import type { Measured } from '../draft.ts'

/** What is documented of a number that devices of a family send. */
export interface FamilyNumber {
  /**
   * Where it lies: what of the topic is behind the device (group `rest`), and the pointer behind it. Its group `part`
   * tells circuits of one device apart.
   */
  readonly at: RegExp
  readonly measured: Measured
  /** Undefined: the device can be set to several, so the number has to tell. */
  readonly unit: string | undefined
  /** Number × factor is in the unit. */
  readonly factor?: number
  readonly isRegister?: true
}

/** Devices whose messages are alike, as their makers document them. */
export interface Family {
  readonly name: string
  /** Groups: `device`, `rest` (what follows it), `gateway` (through which devices are reached). */
  readonly topic: RegExp
  /** Pointers to what tells devices of one topic apart. */
  readonly selectBy?: readonly string[]
  readonly numbers: readonly FamilyNumber[]
  /** What becomes of its other numbers: none is of use, or their names may tell. */
  readonly others: 'nothing' | 'by name'
}
