import { nameFault, patternFault, timezoneFault, topicFault, urlFault, type StringFault } from '../../config/strings.ts'
import { UNITS } from '../../ingest/units.ts'

/** What `init` asks for; '' is no answer, which some questions take. */
export interface SiteAnswers {
  name: string
  timezone: string
  altitude: string
  broker: string
  influx: string
  class: string
  facility: string
  it: string
  racks: string
  inlets: string
}

/** One question, whose answer may also stand in the option of the same name. */
interface Question {
  key: keyof SiteAnswers
  text: string
  /** Of the option. */
  description: string
  usual: (answers: Partial<SiteAnswers>) => string
  fault: (answer: string) => StringFault | undefined
  /** Whether other answers leave nothing to ask for. */
  isIdle?: (answers: Partial<SiteAnswers>) => boolean
}

const CLASSES = ['A1', 'A2', 'A3', 'A4', 'H1']
const RACK = '{rack}'
export const QUESTIONS: readonly Question[] = [
  {
    key: 'name',
    text: 'Name of the site, a tag of every row',
    description: 'of the site',
    usual: () => 'dc1',
    fault: nameFault,
  },
  {
    key: 'timezone',
    text: 'Time zone of its days and months',
    description: 'IANA time zone, such as Europe/Paris',
    usual: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    fault: timezoneFault,
  },
  {
    key: 'altitude',
    text: 'Metres above sea level',
    description: 'metres above sea level',
    usual: () => '0',
    fault: (answer) =>
      /^-?\d{1,4}$/.test(answer) && Number(answer) >= -430 && Number(answer) <= 9000
        ? undefined
        : { reason: `${JSON.stringify(answer)} is not an altitude in metres`, hint: 'write a number such as 30' },
  },
  {
    key: 'broker',
    text: 'MQTT broker that the devices report to, or `embedded` for one within coldaisle',
    description: 'URL of the MQTT broker, or `embedded`',
    usual: () => 'mqtt://127.0.0.1:1883',
    fault: (answer) => (answer === 'embedded' ? undefined : urlFault(['mqtt', 'mqtts', 'ws', 'wss'])(answer)),
  },
  {
    key: 'influx',
    text: 'InfluxDB 1.x to write to, such as http://127.0.0.1:8086; nothing: the local history alone',
    description: 'URL of InfluxDB 1.x',
    usual: () => '',
    fault: (answer) => (answer === '' ? undefined : urlFault(['http', 'https'])(answer)),
  },
  {
    key: 'class',
    text: `ASHRAE class of the equipment, one of ${CLASSES.join(' ')}`,
    description: 'ASHRAE class of the equipment',
    usual: () => 'A2',
    fault: (answer) =>
      CLASSES.includes(answer)
        ? undefined
        : { reason: `${JSON.stringify(answer)} is not a class`, hint: `write one of ${CLASSES.join(' ')}` },
  },
  {
    key: 'facility',
    text: "Topic of the whole site's power, and its unit",
    description: "topic of the whole site's power, and its unit: `dc5/utility kW`",
    usual: ({ name = 'dc1' }) => `${name}/utility kW`,
    fault: meterFault,
  },
  {
    key: 'it',
    text: 'Topic of the IT power, and its unit; {1..4} stands for four meters',
    description: 'topic of the IT power, and its unit: `dc5/ups/{1..4} kW`',
    usual: ({ name = 'dc1' }) => `${name}/it kW`,
    fault: meterFault,
  },
  {
    key: 'racks',
    text: 'Racks with a sensor at the inlet: r{01..40}, or a CSV file with a column `rack`; nothing: none',
    description: 'racks with a sensor at the inlet: names such as r{01..40}, or a CSV file with a column `rack`',
    usual: () => '',
    fault: () => undefined,
  },
  {
    key: 'inlets',
    text: `Topic of an inlet's temperature and humidity, with ${RACK} in it`,
    description: `topic of an inlet's temperature and humidity, with ${RACK} in it`,
    usual: ({ name = 'dc1' }) => `${name}/${RACK}/inlet`,
    fault: (answer) =>
      answer.includes(RACK)
        ? patternFault(answer)
        : { reason: `${JSON.stringify(answer)} has no ${RACK}`, hint: `write such as dc5/${RACK}/inlet` },
    isIdle: ({ racks }) => racks === '',
  },
]

/** Topic and unit of a meter as they are answered: the unit may be left out. */
export function meterAnswer(answer: string): { topic: string; unit: string } {
  const [topic = '', unit = 'kW'] = answer.split(/\s+/)
  return { topic, unit }
}

function meterFault(answer: string): StringFault | undefined {
  const { topic, unit } = meterAnswer(answer)
  const quantity = UNITS[unit]?.quantity
  if (answer.split(/\s+/).length > 2 || (quantity !== 'power' && quantity !== 'energy')) {
    return { reason: `${JSON.stringify(answer)} is not a topic and a unit`, hint: 'write such as dc5/utility kW' }
  }
  return topic === '' ? { reason: 'the topic is missing' } : topicFault(topic)
}
