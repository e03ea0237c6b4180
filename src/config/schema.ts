import * as z from 'zod'

import { alarms } from './alarms.ts'
import { edge } from './duties/edge.ts'
import { disclosure } from './reporting/disclosure.ts'
import { scheduledReports } from './reporting/scheduled.ts'
import { refuse, spanS, strict, text } from './members.ts'
import { planned } from './duties/planned.ts'
import { publicPage } from './reporting/public-page.ts'
import { notify } from './notify.ts'
import { publish } from './duties/publish.ts'
import { ignore, numbered, point } from './point-schema.ts'
import { bytesFault, bytesOf, listenFault, nameFault, patternFault, timezoneFault, urlFault } from './strings.ts'
import { boundary, intensity } from './sums/schema.ts'
import { allocation, heat } from './sums/product-schema.ts'
import { term } from './sums/term-schema.ts'

export { point } from './point-schema.ts'
export { boundary, intensity } from './sums/schema.ts'
export { allocation, heat } from './sums/product-schema.ts'
export { anyTerm, term } from './sums/term-schema.ts'

export const site = strict({
  id: text('tag `site` of every row', nameFault),
  timezone: text('IANA time zone of calendar windows, such as Europe/Paris', timezoneFault),
  altitudeM: z.number().min(-430).max(9000).default(0).describe('metres above sea level, for pressure and derating'),
  edition: z
    .union([z.enum(['2011', '2015', '2021', '2021r']), z.literal([2011, 2015, 2021]).transform(editionName)])
    .prefault('2021r')
    .describe('of the ASHRAE thermal guidelines'),
  corrosion: z.enum(['low', 'unknown']).default('unknown').describe('low: tested, 70 % RH recommended; else 50 %'),
  dewPointPhase: z
    .enum(['water', 'ice'])
    .default('water')
    .describe('dew points below 0 °C: over water, as the limits are, or frost points'),
})

const credentials = {
  username: text('account').exactOptional(),
  passwordFile: text('file that holds the password, relative to this one').exactOptional(),
  caFile: text('certificate authorities that the other side is checked against (PEM)').exactOptional(),
  certFile: text('our certificate (PEM)').exactOptional(),
  keyFile: text("our certificate's key (PEM)").exactOptional(),
}

const mqtt = strict({
  url: text('broker to subscribe to: mqtt, mqtts, ws or wss', urlFault(['mqtt', 'mqtts', 'ws', 'wss'])).exactOptional(),
  listen: text('host:port of the embedded broker, instead of url', listenFault).exactOptional(),
  clientId: text('MQTT client id; one of its own for every daemon').exactOptional(),
  accountsFile: text(
    'clients of the embedded broker and their topics, instead of username and passwordFile: made by `coldaisle account device`',
  ).exactOptional(),
  ...credentials,
})

const influx = strict({
  url: text('of the InfluxDB 1.x server', urlFault(['http', 'https'])),
  database: text('its database'),
  retentionPolicy: text('retention policy; absent: the default one').exactOptional(),
  tokenFile: text('file that holds an API token, instead of username and passwordFile').exactOptional(),
  unreadyAfterMin: z
    .number()
    .min(0)
    .exactOptional()
    .describe('/readyz says so once InfluxDB has not answered for so many minutes; absent: never, as rows wait'),
  createDatabase: z.boolean().default(true).describe('create the database at start if it is missing'),
  ...credentials,
})

export const core = strict({
  intervalS: z.int().min(10).max(900).default(60).describe('length of the base interval, seconds; divides 900'),
  latenessS: z
    .number()
    .min(0)
    .max(86_400)
    .default(900)
    .describe('how far behind its own newest reading a point may still correct known time, seconds'),
  backlogS: z
    .number()
    .min(0)
    .max(604_800)
    .default(604_800)
    .describe('how far back unknown time may still be filled, seconds'),
  skewS: z.number().min(0).max(86_400).default(60).describe('how far ahead of us a device clock may be, seconds'),
  minCoverage: z.number().min(0.5).max(1).default(0.9).describe('share of an interval that must be known to count'),
  boundS: z.number().min(0).max(86_400).exactOptional().describe('how far the watermark trails, seconds'),
  idleS: spanS('silence after which the clock may close intervals, seconds').exactOptional(),
  bridgeS: spanS('longest gap a register may bridge, seconds').default(604_800),
  windows: z
    .array(text('5m, 24h, 30d or day, month, year'))
    .min(1)
    .default(['5m', '1h', '24h', '7d', '30d', '365d', 'day', 'month', 'year'])
    .describe('windows of the PUE; at most 366d'),
})

const store = strict({
  path: text('folder of the database, relative to this file').default('./data'),
  journalDays: z.number().positive().max(3660).default(7).describe('how long packets are kept'),
  journalBytes: z
    .union([z.int().positive(), z.string().check(refuse(bytesFault)).transform(bytesOf)])
    .prefault('10 GB')
    .describe('how much packets may take: bytes, or with B kB MB GB TB KiB MiB GiB TiB'),
})

export const inlet = strict({
  dryBulb: text('point of the air temperature'),
  humidity: text('point of the relative humidity').exactOptional(),
  dewPoint: text('point of the dew point').exactOptional(),
  primary: z.enum(['humidity', 'dewPoint']).default('humidity').describe('which counts where both are known'),
  humidityFrom: text('inlet whose humidity is carried over, as a dew point').exactOptional(),
  moisture: z
    .enum(['unmeasured'])
    .exactOptional()
    .describe('nobody measures it: the dry bulb alone is judged, and `basis` says so'),
  outlet: text('point of the exhaust temperature, for RTI').exactOptional(),
  equipment: z.enum(['ite', 'tape']).default('ite').describe('tape may change by 5 K an hour only'),
  class: z.enum(['A1', 'A2', 'A3', 'A4', 'H1']).default('A1').describe('ASHRAE class of the equipment'),
  hall: text('tag `hall`', nameFault).default('hall'),
  rack: text("tag `rack`; absent: the inlet's name", nameFault).exactOptional(),
})

export const outdoor = strict({
  dryBulb: text('point of the air temperature'),
  humidity: text('point of the relative humidity').exactOptional(),
  dewPoint: text('point of the dew point; it counts where the humidity is not known').exactOptional(),
})

export const hall = strict({
  supply: text('point of the temperature that the air handling supplies'),
  return: text('point of the temperature that comes back to it'),
})

const gateway = strict({
  uplink: text(
    'what it is reached through, as others are: all behind it silent is one alarm',
    nameFault,
  ).exactOptional(),
  ...numbered,
})

const schedule = strict({
  backup: strict({
    keep: z.int().min(0).max(366).default(7).describe('nightly copies of the database that are kept; 0: none are made'),
    path: text('folder of the copies, relative to this file; absent: `backups` beside the database').exactOptional(),
  }).prefault({}),
  report: strict({
    path: text(
      'folder of the daily CSV reports, relative to this file; absent: `reports` beside the database',
    ).exactOptional(),
  }).prefault({}),
  reports: scheduledReports,
}).prefault({})

/** What a cell of a template's table may be written as. */
const cell = z.union([z.string(), z.number(), z.boolean()])

/**
 * As it is written, for editors. When it comes here, a template has been carried out: what is left of it is `topic`,
 * all topics that it is about.
 */
const template = strict({
  members: z
    .union([z.string(), z.array(z.union([cell, z.record(z.string(), cell)]))])
    .exactOptional()
    .describe('whom it is made for: a CSV file whose first line names the columns, or a list of maps or names'),
  where: z
    .record(z.string(), z.union([cell, z.array(cell)]))
    .exactOptional()
    .describe('what columns hold in the rows that are members; absent: all are'),
  topic: z
    .union([z.string(), z.array(text('', patternFault))])
    .exactOptional()
    .describe('topic of its points that name none; `{rack}` stands for column `rack`, + and # for any level'),
  points: z.record(z.string(), point.partial({ topic: true, unit: true })).exactOptional(),
  virtual: z.record(z.string(), term).exactOptional(),
  boundaries: z.record(z.string(), boundary).exactOptional(),
  inlets: z.record(z.string(), inlet).exactOptional(),
  halls: z.record(z.string(), hall).exactOptional(),
  gateways: z.record(z.string(), gateway).exactOptional(),
})

/** The whole configuration as it is written, but for its braces and variables. */
export const config = strict({
  include: z
    .union([z.string(), z.array(z.string())])
    .exactOptional()
    .describe('files, relative to this one, whose sections are added to those here'),
  site,
  mqtt: mqtt.exactOptional(),
  sparkplug: strict({
    primaryHost: text(
      'id of the host application that nodes wait for; a second connection says that we are it',
      nameFault,
    ),
  }).exactOptional(),
  influx: influx.exactOptional().describe('absent: local history only'),
  edge: edge.exactOptional().describe('where `coldaisle edge` sends the journal of the site'),
  core: core.prefault({}),
  store: store.prefault({}),
  points: z.record(z.string(), point).describe('what is measured, by name'),
  templates: z
    .array(template)
    .max(1000)
    .default([])
    .describe('entries that are made once for each member of a list or of a CSV file'),
  ignore: z.array(ignore).max(1000).default([]).describe('topics and messages that are no fault'),
  limits: strict({
    depth: z.int().min(2).max(30).default(16).describe('levels of brackets in a message'),
    members: z.int().min(16).max(16_384).default(256).describe('members of one object of a message'),
    records: z.int().min(1).max(10_000).default(1000).describe('records of a list in a message'),
  })
    .prefault({})
    .describe('what a message may have at most; one that has more is refused, and counted'),
  virtual: z.record(z.string(), term).default({}).describe('terms under a name, for use in boundaries'),
  boundaries: z.record(z.string(), boundary).default({}).describe('PUE: what is divided by what, by name'),
  intensities: z
    .record(z.string(), intensity)
    .default({})
    .describe('what a kWh stands for in carbon, by name: the grid, a contract, a fuel'),
  heats: z.record(z.string(), heat).default({}).describe('heat of flows between two temperatures: names for terms'),
  allocations: z
    .record(z.string(), allocation)
    .default({})
    .describe('plant that halls share, by name; `plant/hall-1` is a name for terms'),
  inlets: z.record(z.string(), inlet).default({}).describe('where air enters equipment, by name'),
  outdoor: z
    .record(z.string(), outdoor)
    .default({})
    .describe('where the air outside is measured, by place: rows `outdoor` with wet bulb and dew point'),
  halls: z.record(z.string(), hall).default({}).describe('air handling of halls, for RTI, by the name of the hall'),
  gateways: z.record(z.string(), gateway).default({}).describe('how gateways of points are reached, by their name'),
  alarms: alarms.prefault({}),
  rows: strict({
    readings: z
      .enum(['others', 'all'])
      .default('others')
      .describe('rows `reading` of points that are no state of an inlet, which `climate` has; all: of those, too'),
  }).prefault({}),
  http: strict({
    publicPage: publicPage.exactOptional().describe('rounded and delayed PUE for everybody; absent: none'),
    grafanaUrl: text('where the dashboards are, for the link of the page', urlFault(['http', 'https'])).exactOptional(),
    listen: text('host:port of the live page', listenFault).default('127.0.0.1:8080'),
    trustedProxy: z.boolean().default(false).describe('what stands before the page decides who may see it'),
    certFile: text('our certificate (PEM): with it and `keyFile` the page is HTTPS').exactOptional(),
    keyFile: text('key of our certificate (PEM)').exactOptional(),
    caFile: text('only clients with a certificate of these authorities (PEM) are let in').exactOptional(),
    accountsFile: text('who may see and do what: made by `coldaisle account add`').exactOptional(),
    anonymous: z
      .enum(['none', 'viewer'])
      .default('none')
      .describe('with `accountsFile`: what who has not logged in may do; viewer: see everything but the audit'),
  }).prefault({}),
  language: z.enum(['en', 'fr']).default('en').describe('of the public page'),
  log: strict({
    level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  }).prefault({}),
  notify: notify.prefault({}),
  publish: publish
    .exactOptional()
    .describe('PUE, power and verdicts as retained topics of the broker, for others to show; absent: none'),
  planned,
  disclosure: disclosure.exactOptional().describe('what reports say that no reading tells, and what they are made of'),
  schedule,
  security: z
    .enum(['strict', 'relaxed'])
    .default('strict')
    .describe('relaxed: a secret that every account of the machine may read is warned of, and used'),
})

function editionName(year: 2011 | 2015 | 2021): '2011' | '2015' | '2021' {
  return year === 2011 ? '2011' : year === 2015 ? '2015' : '2021'
}
