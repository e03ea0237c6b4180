import { tstMs } from '../../src/ingest/recording.ts'
import { compileFields, localOf, type TimeForm } from '../../src/ingest/time-forms.ts'
import { zonedToUtcMs } from '../../src/ingest/time-zones.ts'

/** How a column writes its times: fields by pattern, s or ms since 1970, or ISO 8601 with its offset. */
export type ColumnForm = ({ kind: 'fields' } & TimeForm) | { kind: 'epoch'; perMs: number } | { kind: 'iso' }

/**
 * The form that a map declares: `epoch_s`, `epoch_ms`, `iso`, or tokens (YYYY YY MM M DD D HH H hh h mm ss SSS A) with
 * signs between. For any other text, the reason why it is no form.
 */
export function compileForm(text: string): ColumnForm | string {
  if (text === 'epoch_s') return { kind: 'epoch', perMs: 1000 }
  if (text === 'epoch_ms') return { kind: 'epoch', perMs: 1 }
  if (text === 'iso') return { kind: 'iso' }
  const fields = compileFields(text)
  return typeof fields === 'string' ? fields : { kind: 'fields', ...fields }
}

/**
 * The instants (epoch ms, ascending) that a written time may mean by the first form that fits, two in a repeated local
 * hour; or why there is none.
 */
export function readTime(
  forms: readonly ColumnForm[],
  text: string,
  timezone: string | undefined,
): number[] | 'bad_time' | 'skipped_hour' {
  for (const form of forms) {
    const found = readForm(form, text, timezone)
    if (found !== 'bad_time') return found
  }
  return 'bad_time'
}

function readForm(
  form: ColumnForm,
  text: string,
  timezone: string | undefined,
): number[] | 'bad_time' | 'skipped_hour' {
  switch (form.kind) {
    case 'epoch': {
      if (!/^-?\d+(\.\d+)?$/.test(text)) return 'bad_time'
      const tMs = Math.round(Number(text) * form.perMs)
      return Math.abs(tMs) < 8.64e15 ? [tMs] : 'bad_time'
    }
    case 'iso': {
      const tMs = tstMs(text.replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T'))
      return Number.isNaN(tMs) ? 'bad_time' : [tMs]
    }
    case 'fields': {
      const localMs = timezone === undefined ? NaN : localOf(form, text)
      if (timezone === undefined || Number.isNaN(localMs)) return 'bad_time'
      const found = zonedToUtcMs(localMs, timezone)
      return found.length === 0 ? 'skipped_hour' : found
    }
  }
}
