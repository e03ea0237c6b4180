/** @import { Air, Course, DeadLetter, Limits, PlannedWork, Power, Pulse, Refused, Row, SiteShape } from './types.ts' */

/** The daemon's API: questions, and the stream of rows, which is opened again whenever it is lost. */

const AGAIN_MS = 3_000
/** The daemon speaks every few seconds: after this silence the stream is dead, whatever the browser believes. */
const SILENT_MS = 16_000

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
async function ask(path) {
  const response = await fetch(`/api/v1/${path}`, { signal: AbortSignal.timeout(20_000) })
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.json()
}

/** @returns {Promise<SiteShape>} */
export function askSite() {
  return ask('site')
}

/**
 * The newest rows of each series.
 * @param {string} measurement
 * @param {number} count
 * @returns {Promise<Row[]>}
 */
export function askLatest(measurement, count) {
  return ask(`latest?measurement=${measurement}&count=${count}`)
}

/** @returns {Promise<Air[]>} */
export function askAir() {
  return ask('inlets')
}

/** @returns {Promise<Limits[]>} */
export function askLimits() {
  return ask('limits')
}

/**
 * A field of the rows with a tag, in steps.
 * @param {{ measurement: string, field: string, tag: string, name: string }} of
 * @param {{ fromMs: number, toMs: number }} at
 * @returns {Promise<Course>}
 */
export function askCourse({ measurement, field, tag, name }, { fromMs, toMs }) {
  const stepS = Math.max(1, Math.ceil((toMs - fromMs) / 400_000))
  const of = `measurement=${measurement}&field=${field}&tag.${tag}=${encodeURIComponent(name)}`
  return ask(`course?${of}&from=${fromMs}&to=${toMs}&stepS=${stepS}`)
}

/**
 * Transitions of the alarms of one source.
 * @param {string} source
 * @param {{ fromMs: number, toMs: number }} at
 * @returns {Promise<Row[]>}
 */
export function askEvents(source, { fromMs, toMs }) {
  return ask(`rows?measurement=alarm&tag.source=${encodeURIComponent(source)}&from=${fromMs}&to=${toMs}&limit=1000`)
}

/**
 * Compliance of the whole site over its last 24 h.
 * @returns {Promise<Row[]>}
 */
export function askCompliance() {
  return ask('latest?measurement=compliance&tag.scope=site&tag.window=24h')
}

/**
 * Readings refused within the last day, by reason and topic, with packets as examples.
 * @param {number} sinceMs
 * @returns {Promise<Refused>}
 */
export function askRefused(sinceMs) {
  return ask(`refused?since=${sinceMs}&limit=1000`)
}

/**
 * Rows that InfluxDB will never take as they are, the newest first.
 * @returns {Promise<DeadLetter[]>}
 */
export function askDeadLetters() {
  return ask('dead-letters?limit=1000')
}

/**
 * Planned work, and its share of the time by window.
 * @returns {Promise<{ work: PlannedWork[], share: Record<string, number> }>}
 */
export function askPlanned() {
  return ask('planned')
}

/**
 * PUE rows of one window, one each `everyS`.
 * @param {string} boundary
 * @param {string} window
 * @param {{ fromMs: number, toMs: number, everyS: number }} at
 * @returns {Promise<Row[]>}
 */
export function askPue(boundary, window, { fromMs, toMs, everyS }) {
  const tags = `tag.boundary=${encodeURIComponent(boundary)}&tag.window=${window}`
  return ask(`rows?measurement=pue&${tags}&from=${fromMs}&to=${toMs}&everyS=${everyS}&limit=5000`)
}

/**
 * @param {{ fromMs: number, toMs: number, everyS: number }} at
 * @returns {Promise<Power>}
 */
export function askPower({ fromMs, toMs, everyS }) {
  return ask(`power?from=${fromMs}&to=${toMs}&stepS=${everyS}`)
}

/**
 * Opens the stream and keeps it open.
 * @typedef {object} Told
 * @property {() => void} onOpen
 * @property {() => void} onLost
 * @property {() => void} onRefused An answer that was no stream: a session may have ended.
 * @property {(pulse: Pulse) => void} onPulse
 * @property {(rows: Row[]) => void} onRows
 * @property {(air: Air[]) => void} onAir
 * @param {Told} told
 */
export function openStream({ onOpen, onLost, onRefused, onPulse, onRows, onAir }) {
  /** @type {EventSource | undefined} */
  let source
  let heardMs = 0
  const open = () => {
    heardMs = performance.now()
    const own = new EventSource('/api/v1/events?measurement=pue,indicator,alarm,inlets')
    source = own
    /** @param {string} name @param {(body: any) => void} take */
    const on = (name, take) =>
      own.addEventListener(name, (event) => {
        heardMs = performance.now()
        take(JSON.parse(event.data))
      })
    on('hello', (pulse) => {
      onPulse(pulse)
      onOpen()
    })
    on('pulse', onPulse)
    on('rows', onRows)
    on('inlets', onAir)
    on('missed', onOpen)
    own.addEventListener('error', () => {
      onLost()
      // A refusal ends an EventSource for good; a lost connection it mends itself.
      if (own.readyState !== EventSource.CLOSED) return
      onRefused()
      again()
    })
  }
  const again = () => {
    source?.close()
    source = undefined
    setTimeout(open, AGAIN_MS)
  }
  setInterval(() => {
    if (source === undefined || performance.now() - heardMs < SILENT_MS) return
    onLost()
    again()
  }, 2_000)
  open()
}
