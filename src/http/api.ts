import type { ServerResponse } from 'node:http'
import type { Config } from '../config/config.ts'
import type { Core } from '../core/state.ts'
import { explainRow } from '../explain/indicator.ts'
import { NoAnswer } from '../explain/quotient.ts'
import { storedHistory } from '../explain/row-history.ts'
import { parseInstant } from '../ingest/times.ts'
import { limitsOf } from '../site/limits.ts'
import type { Site } from '../site/site.ts'
import { inletsNow } from '../rows/figures/inlets.ts'
import { MEASUREMENTS, tableNamed } from '../rows/tables/measurements.ts'
import type { HistoryRow, Store } from '../store/types.ts'
import { hasRight, type Visitor } from './accounts/door.ts'
import type { Feed } from './feed.ts'
import { MOST_ROWS, questionsOf, type AskedPath } from './documents/operations.ts'
import { plannedWorks } from './planned.ts'
import { courseOf, isNumber } from './course.ts'
import { powerByRole } from './power.ts'
import { publicFacts, type PublicPage } from './public/facts.ts'
import { refusedBody } from './refused-body.ts'
import { answerJson, answerText, type HttpRoute } from './server.ts'
import { siteBody } from './site-body.ts'

interface ApiOptions {
  /** The site as it is now; a reload changes it. */
  site: () => Site
  /** The core between two packets: it is whole up to the next turn of the event loop. */
  core: () => Promise<Core>
  /** How many entries of the journal it is behind. */
  behind: () => number
  store: Pick<Store, 'history' | 'refused' | 'deadLetters'>
  feed: Feed
  clock: () => number
}

/** Rows read for an answer that thins them out. */
const MOST_READ = 10_000
/** The measurement that only operators read. */
const AUDIT = 'audit'
const DAY_MS = 86_400_000
/** Questions to the store that may wait; they are asked one after the other. */
const WAITING_QUESTIONS = 20

/**
 * Read-only JSON, rows as in NDJSON: what each path is asked and answers stands in documents/operations.ts.
 *
 * Times are epoch ms or ISO 8601 with offset. `from` is a day before `to`, and `to` is now, unless given. The header
 * `Coldaisle-More: 1` says that the limit has cut something off. A bad question is a 400 with a sentence.
 */
export function apiRoutes({ site, core, behind, store, feed, clock }: ApiOptions): HttpRoute[] {
  const ask = createTurns()
  const route = (path: AskedPath, work: (question: Asked) => Promise<Answer> | Answer): HttpRoute => ({
    path,
    async answer(_request, response, url, visitor) {
      await answerOr400(response, async () => {
        refuseAudit(url.searchParams, visitor)
        refuseOthers(path, url.searchParams)
        return work({ path, params: url.searchParams })
      })
    },
  })
  return [
    route('/api/v1/site', () => ({ body: siteBody(site()) })),
    route('/api/v1/limits', () => ({ body: limitsOf(site()) })),
    ...publicRoutes(site().config, (page) =>
      route('/api/v1/public', () =>
        ask(async () => ({ body: await publicFacts(site().config, page, store, clock()) })),
      ),
    ),
    route('/api/v1/inlets', async () => ({ body: inletsNow(site(), await core()) })),
    route('/api/v1/planned', () =>
      ask(async () => ({ body: await plannedWorks(site(), await core(), store, clock()) })),
    ),
    route('/api/v1/rows', (question) => ask(() => readRows(store, question, clock()))),
    route('/api/v1/course', (question) => ask(() => readCourse(site(), store, question, clock()))),
    route('/api/v1/latest', (question) => ask(() => readLatest(store, question))),
    route('/api/v1/power', (question) => {
      const { fromMs, toMs } = readSpan(question, clock())
      const stepMs = readWhole(question, 'stepS') * 1000
      return ask(async () => ({ body: await powerByRole(site().config, store, { fromMs, toMs, stepMs }) }))
    }),
    route('/api/v1/explain', (question) =>
      ask(async () => {
        if (behind() > 0) throw refusal(503, `the journal is being folded: ${behind()} of its entries are left`)
        return answerExplain(site(), await core(), store, question)
      }),
    ),
    route('/api/v1/dead-letters', (question) => ask(() => listDeadLetters(store, question))),
    route('/api/v1/refused', (question) => ask(() => readRefused(store, question))),
    {
      path: '/api/v1/events',
      answer: (request, response, url, visitor) =>
        answerOr400(response, async () => {
          refuseAudit(url.searchParams, visitor)
          feed.answer(request, response, url)
          return undefined
        }),
    },
  ]
}

/** What a path is asked. */
interface Asked {
  path: AskedPath
  params: URLSearchParams
}

interface Answer {
  body: unknown
  more?: boolean
}

/** What a client asked wrongly. */
type Refusal = Error & { status: number }

function refusal(status: number, message: string): Refusal {
  return Object.assign(new Error(message), { status })
}

/** `work` gives nothing where it has answered by itself. */
async function answerOr400(response: ServerResponse, work: () => Promise<Answer | undefined>): Promise<void> {
  try {
    const answered = await work()
    if (answered === undefined) return
    const { body, more } = answered
    if (more === true) response.setHeader('Coldaisle-More', '1')
    answerJson(response, 200, body)
  } catch (error) {
    if (!(error instanceof Error && 'status' in error && typeof error.status === 'number')) throw error
    if (error.status === 503) response.setHeader('Retry-After', '2')
    answerText(response, error.status, error.message)
  }
}

/** One question at a time, so that readers never stand between a packet and its commit for long. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let waiting = 0
  let turn: Promise<unknown> = Promise.resolve()
  return async (work) => {
    if (waiting >= WAITING_QUESTIONS) throw refusal(503, 'too many questions at once')
    waiting++
    const done = turn.then(work).finally(() => waiting--)
    turn = done.catch((error: unknown) => error) // told to whoever asked
    return done
  }
}

async function readRows(store: ApiOptions['store'], question: Asked, nowMs: number): Promise<Answer> {
  const measurement = readMeasurement(question)
  const { fromMs, toMs } = readSpan(question, nowMs)
  const limit = readWhole(question, 'limit')
  const everyMs = readWhole(question, 'everyS') * 1000
  const most = Number.isNaN(everyMs) ? limit : MOST_READ
  const tags = readTags(question)
  const rows = await store.history(measurement, { tags, fromMs, toMs, limit: most + 1 })
  const kept = Number.isNaN(everyMs) ? rows : rows.filter((row) => row.timeMs % everyMs === 0)
  return { body: kept.slice(0, limit), more: kept.length > limit || rows.length > most }
}

/** There is none where nothing of the site is for everybody. */
function publicRoutes({ http }: Config, make: (page: PublicPage) => HttpRoute): HttpRoute[] {
  return http.publicPage === undefined ? [] : [make(http.publicPage)]
}

async function readCourse(site: Site, store: ApiOptions['store'], question: Asked, nowMs: number): Promise<Answer> {
  const measurement = readMeasurement(question)
  const field = question.params.get('field') ?? ''
  if (!isNumber(measurement, field)) throw refusal(400, `field is a field of ${measurement} that holds numbers`)
  const span = { ...readSpan(question, nowMs), stepMs: readWhole(question, 'stepS') * 1000 }
  const course = await courseOf(store, site.plan.lengthMs, { measurement, field, tags: readTags(question), ...span })
  if (course === undefined) throw refusal(400, 'too many series have these tags: name one by tag.NAME')
  return { body: course }
}

async function readLatest(store: ApiOptions['store'], question: Asked): Promise<Answer> {
  const measurement = readMeasurement(question)
  const perSeries = readWhole(question, 'count')
  const span = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, newestFirst: true, perSeries }
  const rows: HistoryRow[] = await store.history(measurement, {
    ...span,
    tags: readTags(question),
    limit: MOST_ROWS + 1,
  })
  return { body: rows.slice(0, MOST_ROWS), more: rows.length > MOST_ROWS }
}

async function listDeadLetters(store: ApiOptions['store'], question: Asked): Promise<Answer> {
  const limit = readWhole(question, 'limit')
  const letters = await store.deadLetters(limit)
  return { body: letters, more: letters.length === limit }
}

async function readRefused(store: ApiOptions['store'], question: Asked): Promise<Answer> {
  const [outcome, topic] = [question.params.get('outcome'), question.params.get('topic')]
  const limit = readWhole(question, 'limit')
  const refused = await store.refused({
    sinceMs: readTime(question, 'since') ?? 0,
    limit,
    ...(outcome === null ? {} : { outcome }),
    ...(topic === null ? {} : { topic }),
  })
  return { body: refusedBody(refused), more: refused.packets.length === limit }
}

async function answerExplain(site: Site, core: Core, store: ApiOptions['store'], question: Asked): Promise<Answer> {
  const [boundary, window] = [question.params.get('boundary'), question.params.get('window')]
  if (boundary === null || window === null) throw refusal(400, 'boundary and window are missing')
  const history = storedHistory(store, site.config.site.id, core.nextClose * core.plan.lengthMs)
  const atMs = readTime(question, 'at') ?? Infinity
  try {
    const of = { boundary, indicator: question.params.get('indicator') ?? 'pue', window }
    return { body: await explainRow(site, core, history, of, atMs) }
  } catch (error) {
    if (error instanceof NoAnswer) throw refusal(400, error.message)
    throw error
  }
}

function readMeasurement(question: Asked): string {
  const measurement = question.params.get('measurement')
  if (measurement !== null && tableNamed(measurement) !== undefined) return measurement
  const known = Object.keys(MEASUREMENTS).join(', ')
  throw refusal(
    400,
    measurement === null ? `measurement is missing: one of ${known}` : `measurement is one of ${known}`,
  )
}

/** Who did what is for those who may do it. */
function refuseAudit(question: URLSearchParams, visitor: Visitor): void {
  const named = question.getAll('measurement').flatMap((text) => text.split(','))
  if (named.includes(AUDIT) && !hasRight(visitor, 'operator')) throw refusal(403, 'the audit is for operators')
}

/** A tag is known where the rows that are asked for have it. */
function refuseOthers(path: AskedPath, question: URLSearchParams): void {
  const tags = tableNamed(question.get('measurement') ?? '')?.tags.map((tag) => `tag.${tag}`) ?? []
  const known = Object.keys(questionsOf(path)).filter((key) => !key.startsWith('tag.') || tags.includes(key))
  const seen = new Set<string>()
  for (const key of question.keys()) {
    if (seen.has(key)) throw refusal(400, `${key} is given twice: give it once`)
    seen.add(key)
    if (known.includes(key)) continue
    throw refusal(400, `${key} is not known here: ${known.length === 0 ? 'nothing is asked' : known.join(', ')}`)
  }
}

function readTags({ params }: Asked): Record<string, string> {
  const tags = [...params].filter(([key]) => key.startsWith('tag.'))
  return Object.fromEntries(tags.map(([key, text]) => [key.slice('tag.'.length), text]))
}

function readSpan(question: Asked, nowMs: number): { fromMs: number; toMs: number } {
  const toMs = readTime(question, 'to') ?? nowMs
  const fromMs = readTime(question, 'from') ?? toMs - DAY_MS
  if (fromMs > toMs) throw refusal(400, 'from lies after to')
  return { fromMs, toMs }
}

function readTime(question: Asked, key: string): number | undefined {
  const text = question.params.get(key)
  if (text === null) return undefined
  const tMs = /^\d+$/.test(text) ? Number(text) : parseInstant(text)
  if (Number.isSafeInteger(tMs)) return tMs
  throw refusal(400, `${key} is epoch ms, or ISO 8601 with offset (a + in an address is written %2B)`)
}

/** A number by what is declared of it; NaN: there is none, and none counts in its place. */
function readWhole({ path, params }: Asked, key: string): number {
  const { maximum, default: absent } = questionsOf(path)[key]?.schema ?? {}
  const text = params.get(key)
  if (text === null) return typeof absent === 'number' ? absent : NaN
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (number >= 1 && number <= Number(maximum)) return number
  throw refusal(400, `${key} is a whole number from 1 to ${String(maximum)}`)
}
