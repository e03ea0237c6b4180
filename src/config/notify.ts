import * as z from 'zod'

import { scheduleDrafts, schedules } from './duties/schedules.ts'
import type { Draft } from './faults.ts'
import { isLoopback } from './listen-address.ts'
import { spanS, strict, text } from './members.ts'
import { addressFault, nameFault, templateFault, urlFault } from './strings.ts'
import { ALARM_KINDS, SEVERITIES } from '../core/contract/alarm-kinds.ts'
import type { Plain, PlainMap } from './document/document.ts'
import { plainList, plainMap } from './document/plain.ts'

const DAY_S = 86_400

const http = urlFault(['http', 'https'])
const tlsFiles = {
  caFile: text('certificate authorities that the other side is checked against (PEM)').exactOptional(),
  certFile: text('our certificate, for a side that asks for one (PEM)').exactOptional(),
  keyFile: text("our certificate's key (PEM)").exactOptional(),
}
const secretText = 'file that holds the key that requests are signed with (HMAC-SHA256)'

const alertmanager = strict({
  url: text('of the Alertmanager (API v2)', http).exactOptional(),
  urls: z.array(text('one of a cluster', http)).min(1).max(8).exactOptional().describe('all of a cluster, not url'),
  username: text('account').exactOptional(),
  passwordFile: text('file that holds the password, relative to this one').exactOptional(),
  ...tlsFiles,
  generatorUrl: text('where an alert leads back to, such as the live page', http).exactOptional(),
})

/** Of which alarms a receiver is told. */
const wanted = {
  alarms: z.array(z.enum(ALARM_KINDS)).min(1).exactOptional().describe('only these; absent: all'),
  severities: z
    .array(z.enum(SEVERITIES))
    .min(1)
    .exactOptional()
    .describe(
      'only these; absent: all. Where neither high nor low stands, critical is both upper ones, warning both lower',
    ),
  routes: z
    .array(text('a word', nameFault))
    .min(1)
    .exactOptional()
    .describe('only alarms whose rule, or an escalation of it, names one of these routes; absent: all'),
  onCall: text('a name of a rota: told only while it is on call, by `schedules`', nameFault).exactOptional(),
}

const template = text('a template, as of mails; {priority} alone is a number', templateFault)

/** A member of a body, or a list or an object of such. */
function within<Member extends z.ZodType>(member: Member) {
  return z.union([member, z.array(member).max(20), z.record(z.string(), member)])
}

const webhook = strict({
  name: text('in logs and metrics, and of its place in the queue; absent: webhook-1, -2…', nameFault).exactOptional(),
  url: text('where notices are posted', http),
  secretFile: text(secretText),
  tokenFile: text('file that holds a token, sent as `Authorization: Bearer`').exactOptional(),
  body: z
    .record(z.string(), within(within(within(z.union([template, z.number(), z.boolean()])))))
    .exactOptional()
    .describe('members of the JSON that is posted, in place of ours: {title} {message} … stand for what a notice says'),
  ...tlsFiles,
  ...wanted,
})

const email = strict({
  name: text('in logs and metrics, and of its place in the queue; absent: email-1, -2…', nameFault).exactOptional(),
  host: text('of the mail server'),
  port: z.int().min(1).max(65_535).exactOptional().describe('absent: 587 for starttls, 465 for implicit, 25 for none'),
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .default('starttls')
    .describe('starttls: encrypted after a greeting, or not at all sent; implicit: from the first byte'),
  username: text('account').exactOptional(),
  passwordFile: text('file that holds the password, relative to this one').exactOptional(),
  ...tlsFiles,
  from: text('sender', addressFault),
  to: z.array(text('one of those who get it', addressFault)).min(1).max(50),
  subject: text('its subject; {title} {severity} … stand for what a notice says', templateFault).default(
    '{title}: {source} ({site}), {stateName}',
  ),
  text: text('its text, likewise', templateFault).default('{text}'),
  ...wanted,
})

const heartbeat = strict({
  url: text('what notices when this stays away', http),
  everyS: z.number().min(1).max(DAY_S).default(60).describe('seconds from one to the next'),
  secretFile: text(secretText).exactOptional(),
  ...tlsFiles,
})

/** Who is told of alarms, beside the retained MQTT topics. */
export const notify = strict({
  alertmanager: alertmanager.exactOptional(),
  webhooks: z.array(webhook).max(16).default([]).describe('each gets every notice that it asks for, signed'),
  emails: z.array(email).max(16).default([]).describe('each gets a mail for every notice that it asks for'),
  heartbeat: heartbeat.exactOptional(),
  schedules,
  repeatS: z
    .union([z.literal(0), spanS('seconds').min(60)])
    .default(4 * 3600)
    .describe('an alarm that is active and not acknowledged is told again after so long, seconds; 0: never'),
  language: z.enum(['en', 'fr']).default('en').describe('of the words in notices and in the rows of alarms'),
  pageUrl: text('where people open the live page: notices link to it', http).exactOptional(),
  dashboardUrl: text('where people open Grafana: notices link to its dashboard of alarms', http).exactOptional(),
  allowPlainHttp: z
    .boolean()
    .default(false)
    .describe('http://, or mail without TLS, to other machines: anybody on the way can read along'),
})

/** What is wrong with `notify` that takes more than one member to see. */
export function notifyDrafts(written: PlainMap): Draft[] {
  const section = plainMap(written['notify'])
  const webhooks = plainList(section['webhooks'])
  const emails = plainList(section['emails'])
  return [
    ...alertmanagerDrafts(section['alertmanager']),
    ...emails.flatMap((email, index) => accountDrafts(['notify', 'emails', index], plainMap(email))),
    ...nameDrafts({ webhooks, emails }),
    ...scheduleDrafts(section),
    ...pairDrafts(['notify', 'alertmanager'], section['alertmanager']),
    ...webhooks.flatMap((webhook, index) => pairDrafts(['notify', 'webhooks', index], webhook)),
    ...emails.flatMap((email, index) => pairDrafts(['notify', 'emails', index], email)),
    ...pairDrafts(['notify', 'heartbeat'], section['heartbeat']),
    ...(section['allowPlainHttp'] === true ? [] : [...plainDrafts(section, webhooks), ...plainMailDrafts(emails)]),
  ]
}

function alertmanagerDrafts(written: Plain | undefined): Draft[] {
  if (written === undefined) return []
  const path = ['notify', 'alertmanager']
  const members = plainMap(written)
  const drafts: Draft[] = []
  if ('url' in members === 'urls' in members) {
    drafts.push({ path, part: 'key', reason: 'needs either `url` or `urls`', hint: '`urls` for all of a cluster' })
  }
  return [...drafts, ...accountDrafts(path, members)]
}

function accountDrafts(path: PropertyKey[], members: PlainMap): Draft[] {
  if ('passwordFile' in members === 'username' in members) return []
  const reason = '`username` and `passwordFile` go together'
  return [{ path, part: 'key', reason, hint: 'add the other or remove this one' }]
}

function pairDrafts(path: PropertyKey[], written: Plain | undefined): Draft[] {
  const members = plainMap(written)
  if ('certFile' in members === 'keyFile' in members) return []
  const reason = '`certFile` and `keyFile` go together'
  return [{ path, part: 'key', reason, hint: 'add the other or remove this one' }]
}

/** A receiver's place in the queue hangs on its name. */
function nameDrafts({ webhooks, emails }: Readonly<Record<'webhooks' | 'emails', readonly Plain[]>>): Draft[] {
  const all = [
    ...webhooks.map((it, index) => ({
      name: plainMap(it)['name'] ?? `webhook-${index + 1}`,
      path: ['webhooks', index],
    })),
    ...emails.map((it, index) => ({ name: plainMap(it)['name'] ?? `email-${index + 1}`, path: ['emails', index] })),
  ]
  const seen = new Set<string>()
  return all.flatMap(({ name, path }): Draft[] => {
    if (typeof name !== 'string') return []
    if (!seen.has(name) && !/^(mqtt|heartbeat|alertmanager(-\d+)?)$/.test(name)) {
      seen.add(name)
      return []
    }
    const reason = `another receiver has the name "${name}"`
    return [{ path: ['notify', ...path], part: 'content', reason, hint: 'choose another `name`' }]
  })
}

function plainMailDrafts(emails: readonly Plain[]): Draft[] {
  return emails.flatMap((written, index): Draft[] => {
    const { tls, host } = plainMap(written)
    if (tls !== 'none' || typeof host !== 'string' || isLoopback(host)) return []
    const hint = 'use starttls or implicit, or set `notify.allowPlainHttp: true` if the network between is yours'
    const reason = 'would send to another machine without TLS'
    return [{ path: ['notify', 'emails', index, 'tls'], part: 'content', reason, hint }]
  })
}

function plainDrafts(section: PlainMap, webhooks: readonly Plain[]): Draft[] {
  const alertmanagers = plainMap(section['alertmanager'])
  const urls = plainList(alertmanagers['urls'])
  const places: [path: PropertyKey[], url: Plain | undefined][] = [
    [['alertmanager', 'url'], alertmanagers['url']],
    ...urls.map((url, index): [PropertyKey[], Plain] => [['alertmanager', 'urls', index], url]),
    ...webhooks.map((webhook, index): [PropertyKey[], Plain | undefined] => [
      ['webhooks', index, 'url'],
      plainMap(webhook)['url'],
    ]),
    [['heartbeat', 'url'], plainMap(section['heartbeat'])['url']],
  ]
  return places.flatMap(([path, url]): Draft[] => {
    if (typeof url !== 'string' || http(url) !== undefined) return []
    const { protocol, hostname } = new URL(url)
    if (protocol === 'https:' || isLoopback(hostname)) return []
    const hint = 'use https, or set `notify.allowPlainHttp: true` if the network between is yours'
    return [
      { path: ['notify', ...path], part: 'content', reason: 'would send to another machine over plain http', hint },
    ]
  })
}
