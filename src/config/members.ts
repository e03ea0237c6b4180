import * as z from 'zod'

import { MAX_SPAN_S } from './strings.ts'
import type { StringFault } from './strings.ts'

/** A map of known keys; for an unknown key the message lists these, for a hint (faults.ts). */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape).join(' ')
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined) })
}

export function text(description: string, fault?: (written: string) => StringFault | undefined) {
  const schema = z.string().min(1, { abort: true }).max(4096)
  return (fault === undefined ? schema : schema.check(refuse(fault))).describe(description)
}

/** A length of time in seconds, at most a year. */
export function spanS(description: string) {
  return z.number().positive().max(MAX_SPAN_S).describe(description)
}

export function refuse(fault: (written: string) => StringFault | undefined): z.core.CheckFn<string> {
  return (payload) => {
    const found = fault(payload.value)
    if (found === undefined) return
    payload.issues.push({ code: 'custom', input: payload.value, message: found.reason, params: { hint: found.hint } })
  }
}

/** Read only in all depths. */
export type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T
