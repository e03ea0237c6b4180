import * as z from 'zod'

import type { Draft } from './faults.ts'
import { isLoopback } from './listen-address.ts'
import { spanS, strict, text } from './members.ts'
import { nameFault, urlFault } from './strings.ts'
import { ALARM_KINDS } from '../core/contract/alarm-kinds.ts'
import type { Plain, PlainMap } from './document/document.ts'

const DAY_S = 86_400

const http = urlFault(['http', 'https'])
const caFile = text('certificate authorities that the other side is checked against (PEM)').exactOptional()
const secretText = 'file that holds the key that requests are signed with (HMAC-SHA256)'

const alertmanager = strict({
  url: text('of the Alertmanager (API v2)', http).exactOptional(),
  urls: z.array(text('one of a cluster', http)).min(1).max(8).exactOptional().describe('all of a cluster, not url'),
  username: text('account').exactOptional(),
  passwordFile: text('file that holds the password, relative to this one').exactOptional(),
  caFile,
  generatorUrl: text('where an alert leads back to, such as the live page', http).exactOptional(),
})

const webhook = strict({
  name: text('in logs and metrics, and of its place in the queue; absent: webhook-1, -2…', nameFault).exactOptional(),
  url: text('where notices are posted', http),
  secretFile: text(secretText),
  caFile,
  alarms: z.array(z.enum(ALARM_KINDS)).min(1).exactOptional().describe('only these; absent: all'),
  severities: z
    .array(z.enum(['warning', 'critical']))
    .min(1)
    .exactOptional()
    .describe('only these; absent: all'),
})

const heartbeat = strict({
  url: text('what notices when this stays away', http),
  everyS: z.number().min(1).max(DAY_S).default(60).describe('seconds from one to the next'),
  secretFile: text(secretText).exactOptional(),
  caFile,
})

/** Who is told of alarms, beside the retained MQTT topics. */
export const notify = strict({
  alertmanager: alertmanager.exactOptional(),
  webhooks: z.array(webhook).max(16).default([]).describe('each gets every notice that it asks for, signed'),
  heartbeat: heartbeat.exactOptional(),
  repeatS: z
    .union([z.literal(0), spanS('seconds').min(60)])
    .default(4 * 3600)
    .describe('an alarm that is active and not acknowledged is told again after so long, seconds; 0: never'),
  language: z.enum(['en', 'fr']).default('en').describe('of the words in notices and in the rows of alarms'),
  pageUrl: text('where people open the live page: notices link to it', http).exactOptional(),
  dashboardUrl: text('where people open Grafana: notices link to its dashboard of alarms', http).exactOptional(),
  allowPlainHttp: z.boolean().default(false).describe('http:// to other machines: anybody on the way can read along'),
})

/** What is wrong with `notify` that takes more than one member to see. */
export function notifyDrafts(written: PlainMap): Draft[] {
  const section = mapOf(written['notify'])
  const webhooks = Array.isArray(section['webhooks']) ? section['webhooks'] : []
  return [
    ...alertmanagerDrafts(section['alertmanager']),
    ...nameDrafts(webhooks),
    ...(section['allowPlainHttp'] === true ? [] : plainDrafts(section, webhooks)),
  ]
}

function alertmanagerDrafts(written: Plain | undefined): Draft[] {
  if (written === undefined) return []
  const path = ['notify', 'alertmanager']
  const members = mapOf(written)
  const drafts: Draft[] = []
  if ('url' in members === 'urls' in members) {
    drafts.push({ path, part: 'key', reason: 'needs either `url` or `urls`', hint: '`urls` for all of a cluster' })
  }
  if ('passwordFile' in members !== 'username' in members) {
    const reason = '`username` and `passwordFile` go together'
    drafts.push({ path, part: 'key', reason, hint: 'add the other or remove this one' })
  }
  return drafts
}

/** A receiver's place in the queue hangs on its name. */
function nameDrafts(webhooks: readonly Plain[]): Draft[] {
  const seen = new Set<string>()
  return webhooks.flatMap((webhook, index): Draft[] => {
    const { name = `webhook-${index + 1}` } = mapOf(webhook)
    if (typeof name !== 'string') return []
    if (!seen.has(name) && !/^(mqtt|heartbeat|alertmanager(-\d+)?)$/.test(name)) {
      seen.add(name)
      return []
    }
    const path = ['notify', 'webhooks', index]
    return [{ path, part: 'content', reason: `another receiver has the name "${name}"`, hint: 'choose another `name`' }]
  })
}

function plainDrafts(section: PlainMap, webhooks: readonly Plain[]): Draft[] {
  const alertmanagers = mapOf(section['alertmanager'])
  const urls = Array.isArray(alertmanagers['urls']) ? alertmanagers['urls'] : []
  const places: [path: PropertyKey[], url: Plain | undefined][] = [
    [['alertmanager', 'url'], alertmanagers['url']],
    ...urls.map((url, index): [PropertyKey[], Plain] => [['alertmanager', 'urls', index], url]),
    ...webhooks.map((webhook, index): [PropertyKey[], Plain | undefined] => [
      ['webhooks', index, 'url'],
      mapOf(webhook)['url'],
    ]),
    [['heartbeat', 'url'], mapOf(section['heartbeat'])['url']],
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

function mapOf(node: Plain | undefined): PlainMap {
  return typeof node === 'object' && node !== null && !Array.isArray(node) ? node : {}
}
