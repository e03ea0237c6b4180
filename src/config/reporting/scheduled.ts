import * as z from 'zod'
import type { Draft } from '../faults.ts'
import { plainList, plainMap } from '../document/plain.ts'
import { strict, text } from '../members.ts'
import type { Readable } from '../readable.ts'
import { ruleSetNames } from '../rules/rules.ts'
import { addressFault, nameFault } from '../strings.ts'

/** What periods reports may be of. */
export const PERIOD_UNITS = ['day', 'week', 'month', 'quarter', 'year'] as const
export type PeriodUnit = (typeof PERIOD_UNITS)[number]

const RULES = 'eu-2024-1364'

const scheduledReport = strict({
  every: z.enum(PERIOD_UNITS).describe('of each of these, once it is over, in the time zone of the site'),
  rules: z.enum(ruleSetNames()).default(RULES).describe('a rule set that is shipped'),
  rulesFile: text('a rule set of your own instead: a contract').exactOptional(),
  language: z.enum(['en', 'fr', 'de']).default('en').describe('of the page that is mailed; all three are kept'),
  signFile: text('Ed25519 key (PEM) that signs its packs; absent: nobody signs them').exactOptional(),
  mailBy: text('name of one of `notify.emails`, by whose server and sender it is mailed', nameFault).exactOptional(),
  mailTo: z.array(text('one of those who get it', addressFault)).min(1).max(50).exactOptional(),
})

/** Reports that the daemon makes by itself. */
export const scheduledReports = z
  .array(scheduledReport)
  .max(32)
  .default([])
  .describe('reports that are made once their period is over, and once more when no backlog can reach it')

/** Rule sets, mail servers and boundaries that are not there, and reports that are asked for twice. */
export function scheduledDrafts({ written, boundaries }: Readable): Draft[] {
  const reports = plainList(plainMap(written['schedule'])['reports']).map(plainMap)
  const servers = plainList(plainMap(written['notify'])['emails']).map(
    (it, n) => plainMap(it)['name'] ?? `email-${n + 1}`,
  )
  const seen = new Set<string>()
  return reports.flatMap((report, n): Draft[] => {
    const path = (key?: string) => ['schedule', 'reports', n, ...(key === undefined ? [] : [key])]
    const { every, rules = RULES, rulesFile, mailBy, mailTo } = report
    const key = JSON.stringify([every, rulesFile ?? rules])
    const isTwice = seen.has(key)
    seen.add(key)
    const lacks = (reason: string, hint: Draft['hint'], at: string): Draft[] => [
      { path: path(at), part: 'content', reason, hint },
    ]
    return [
      ...(isTwice ? lacks('another report is of the same period and rules', 'keep one of them', 'every') : []),
      ...(typeof mailBy === 'string' && !servers.includes(mailBy)
        ? lacks(`none of \`notify.emails\` has the name "${mailBy}"`, 'name one of them', 'mailBy')
        : []),
      ...(mailTo !== undefined && mailBy === undefined
        ? lacks('no server is named that mails it', 'add `mailBy`, a name of `notify.emails`', 'mailTo')
        : []),
      ...(n === 0 && written['disclosure'] === undefined && boundaries.size !== 1
        ? lacks('of which boundary it is, is not said', 'add `disclosure: { boundary: NAME }`', 'every')
        : []),
    ]
  })
}
