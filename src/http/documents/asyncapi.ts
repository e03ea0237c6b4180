import type { Config } from '../../config/config.ts'
import { SEVERITIES } from '../../core/contract/alarm-kinds.ts'
import { commandTopic, replyTopic } from '../../ingest/command.ts'
import { STATE_ADDRESSES, STATE_PAYLOADS, type StateKind } from '../../rows/figures/state-topics.ts'
import { commandSchema } from './commands.ts'
import {
  BOOLEAN,
  listOf,
  mapOf,
  NUMBER,
  objectOf,
  oneOf,
  orNull,
  TEXT,
  TIME,
  INTEGER,
  type JsonSchema,
} from './json-schema.ts'

/** A topic, or topics that differ in what stands in braces. */
interface Channel {
  readonly address: string
  /** `send`: the daemon publishes it. */
  readonly way: 'send' | 'receive'
  readonly about: string
  readonly isRetained: boolean
  readonly payload: JsonSchema
}

const DATE: JsonSchema = { type: 'string', format: 'date-time' }

const STATUS = objectOf({
  state: oneOf(['running', 'stopped', 'lost']),
  'since?': DATE,
  'instance?': TEXT,
  'connections?': INTEGER,
})

const NOTICE = objectOf({
  site: TEXT,
  alarm: TEXT,
  source: TEXT,
  severity: oneOf(SEVERITIES),
  'severities?': listOf(oneOf(SEVERITIES)),
  'routes?': listOf(TEXT),
  'route?': TEXT,
  hall: TEXT,
  state: TEXT,
  'value?': NUMBER,
  'limit?': NUMBER,
  message: TEXT,
  id: { type: 'string', description: 'the same from raised to cleared' },
  timeMs: TIME,
  startsAtMs: TIME,
  'endsAtMs?': TIME,
  'count?': INTEGER,
  'who?': TEXT,
  'why?': TEXT,
  'untilMs?': TIME,
  'rack?': TEXT,
  'unit?': TEXT,
  'side?': oneOf(['above', 'below']),
  'limitOf?': mapOf({}),
  'sinceMs?': TIME,
  'durationS?': NUMBER,
  'peak?': NUMBER,
  'spanS?': NUMBER,
  'unseen?': listOf(TEXT),
  'unseenCount?': INTEGER,
  'names?': listOf(TEXT),
  'cycles?': INTEGER,
  'title?': TEXT,
  'stateName?': TEXT,
  'text?': TEXT,
  'help?': objectOf({ cause: TEXT, consequence: TEXT, action: TEXT, respondMin: NUMBER }),
  'links?': objectOf({ 'page?': TEXT, 'dashboard?': TEXT }),
  'language?': TEXT,
})

const COMMAND = commandSchema({ who: TEXT })

const ANSWER = objectOf({ 'id?': TEXT, 'command?': TEXT, done: BOOLEAN, changed: INTEGER, 'reason?': TEXT })

const STATE_ABOUT: Readonly<Record<StateKind, string>> = {
  pue: 'PUE of a boundary over a window that ends now',
  power: 'Power of all meters of a role',
  inlets: 'Where the inlets of a hall lie in their envelope, and the worst of them',
  alarms: 'How many alarms stand',
}

/** The AsyncAPI 3.0 document of a site's own topics; those that its devices publish to are its configuration's. */
export function asyncApiOf(config: Config, version: string): JsonSchema {
  const channels = channelsOf(config)
  return {
    asyncapi: '3.0.0',
    info: {
      title: `coldaisle ${config.site.id}`,
      version,
      description: 'Topics that the daemon publishes to and reads. Members and topics are added, never renamed.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels.map((channel) => [channelId(channel), channelOf(channel)])),
    operations: Object.fromEntries(
      channels.map((channel) => [
        `${channel.way}-${channelId(channel)}`,
        { action: channel.way, summary: channel.about, channel: { $ref: `#/channels/${channelId(channel)}` } },
      ]),
    ),
  }
}

function channelsOf({ site, publish }: Config): Channel[] {
  const own = `coldaisle/${site.id}`
  const states = publish === undefined ? [] : Object.entries(STATE_ADDRESSES)
  return [
    told(`${own}/status`, 'Whether the daemon runs; `lost` is its last will', STATUS),
    told(`${own}/alarm/{alarm}/{source}`, 'The newest transition of an alarm', NOTICE),
    told(`${own}/flood/{alarm}/{hall}`, 'More than 10 alarms of a kind in 10 minutes; hall `site`: of no hall', NOTICE),
    ...states.map(([kind, address]) =>
      told(`${own}/state/${address}`, STATE_ABOUT[kind as StateKind], statePayload(kind as StateKind)),
    ),
    ...(publish?.homeAssistant === undefined
      ? []
      : [
          told(
            `${publish.homeAssistant}/sensor/coldaisle/{sensor}/config`,
            "A sensor of the state topics, for Home Assistant's discovery",
            { type: 'object' },
          ),
        ]),
    {
      address: commandTopic(site.id),
      way: 'receive',
      about: 'Orders on alarms, and planned work',
      isRetained: false,
      payload: COMMAND,
    },
    { address: replyTopic(site.id), way: 'send', about: 'What became of them', isRetained: false, payload: ANSWER },
  ]
}

function told(address: string, about: string, payload: JsonSchema): Channel {
  return { address, way: 'send', about, isRetained: true, payload }
}

function statePayload(kind: StateKind): JsonSchema {
  const members = Object.entries<readonly [type: string, what: string]>(STATE_PAYLOADS[kind])
  return objectOf(
    Object.fromEntries(members.map(([name, [type, description]]) => [name, { ...orNull({ type }), description }])),
  )
}

/** The levels that are words, such as `state-pue`. */
function channelId({ address }: Channel): string {
  const words = address.split('/').filter((level) => !level.startsWith('{'))
  return words[0] === 'coldaisle' ? words.slice(2).join('-') : 'home-assistant'
}

function channelOf({ address, about, isRetained, payload }: Channel): JsonSchema {
  const parameters = [...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, { description: `its ${name}` }])
  return {
    address,
    description: about,
    ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
    messages: { told: { payload } },
    'x-retained': isRetained,
  }
}
