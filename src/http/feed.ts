import type { IncomingMessage, ServerResponse } from 'node:http'
import { decodeBlock } from '../rows/frames/block.ts'
import type { SeriesBook } from '../rows/frames/series.ts'
import { createBlockText } from '../rows/ndjson.ts'
import { answerText } from './server.ts'

/** Pushes committed rows to whoever listens at `/api/v1/events`. */
export interface Feed {
  /** Blocks of rows in the order of their commits. They go out together a moment later. */
  push(blocks: readonly Uint8Array[]): void
  /** Tells something else to the readers that named it among the measurements. */
  tell(name: string, body: unknown): void
  /** Takes a reader on, or says why not. */
  answer(request: IncomingMessage, response: ServerResponse, url: URL): void
  /** Ends all readers; they come back by themselves, and find a changed site. */
  restart(): void
  /** Ends all readers and takes no more. */
  close(): void
  /** Readers now, and those that were cut because they did not keep up. */
  readonly counts: { readers: number; cut: number }
}

interface FeedOptions {
  /** The series of the rows. */
  book: SeriesBook
  /** What a reader is told at first and every few seconds: how the daemon is. */
  pulse: () => Readonly<Record<string, unknown>>
  /** How often `pulse` is told, ms. */
  pulseMs?: number
  /** Told when a reader is cut. */
  onCut?: (counts: Feed['counts']) => void
}

const READERS = 50
const FLUSH_MS = 200
const PULSE_MS = 5_000
/** A reader waits so long before it connects again. */
const RETRY_MS = 2_000
const BATCH_ROWS = 1_000
/** A backfill makes more rows than anyone watches: beyond this the oldest are not told, and readers are told so. */
const WAITING_ROWS = 20_000
const BEHIND_BYTES = 1_048_576

interface Reader {
  response: ServerResponse
  /** Measurements that it asked for; undefined: all. */
  wanted: ReadonlySet<string> | undefined
}

interface Waiting {
  measurement: string
  text: string
}

interface State {
  readonly readers: Set<Reader>
  readonly textOf: ReturnType<typeof createBlockText>
  waiting: Waiting[]
  missed: number
  timer: NodeJS.Timeout | undefined
  readonly counts: { readers: number; cut: number }
  readonly onCut: ((counts: Feed['counts']) => void) | undefined
}

/**
 * A reader's life:
 *
 *     GET /api/v1/events ─┬─ 50 read already, or closed ─▶ 503, Retry-After
 *                         └─▶ hello ─▶ reads ─┬─ rows      a batch each 200 ms, at most 1,000 rows
 *                                             ├─ pulse     every 5 s: how the daemon is
 *                                             ├─ inlets    at most each second, where asked for: those that changed
 *                                             └─ missed    after a burst of more than 20,000 rows
 *     reads ─┬─ more than 1 MiB not taken ─▶ cut, counted
 *            ├─ it hangs up ───────────────▶ gone
 *            └─ restart, close ────────────▶ ended
 *     cut, ended ─▶ it connects again after 2 s and asks for the newest rows
 *
 * `hello` and `pulse` hold what `pulse` gives, `rows` an array of rows as in NDJSON, `missed` how many were left out.
 */
export function createFeed({ book, pulse, pulseMs = PULSE_MS, onCut }: FeedOptions): Feed {
  const state: State = {
    readers: new Set(),
    textOf: createBlockText(book),
    waiting: [],
    missed: 0,
    timer: undefined,
    counts: { readers: 0, cut: 0 },
    onCut,
  }
  const heart = setInterval(() => tellAll(state, event('pulse', pulse())), pulseMs)
  let open = true
  return {
    counts: state.counts,
    push: (blocks) => push(state, blocks),
    tell(name, body) {
      const text = event(name, body)
      for (const reader of state.readers) if (reader.wanted?.has(name) === true) tell(state, reader, text)
    },
    answer(request, response, url) {
      if (!open || state.readers.size >= READERS) {
        response.setHeader('Retry-After', '5')
        return answerText(response, 503, `no more than ${READERS} readers of events at once`)
      }
      const named = url.searchParams.getAll('measurement').flatMap((text) => text.split(','))
      addReader(state, request, { response, wanted: named.length === 0 ? undefined : new Set(named) })
      if (request.method !== 'HEAD') response.write(`retry: ${RETRY_MS}\n${event('hello', pulse())}`)
    },
    restart: () => endAll(state),
    close() {
      open = false
      clearInterval(heart)
      endAll(state)
    },
  }
}

function event(name: string, body: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(body)}\n\n`
}

function addReader(state: State, request: IncomingMessage, reader: Reader): void {
  const { response } = reader
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  state.readers.add(reader)
  state.counts.readers = state.readers.size
  response.once('close', () => {
    state.readers.delete(reader)
    state.counts.readers = state.readers.size
  })
}

function push(state: State, blocks: readonly Uint8Array[]): void {
  if (state.readers.size === 0 || blocks.length === 0) return
  for (const bytes of blocks) {
    const block = decodeBlock(bytes)
    const { measurement } = block.shape
    for (const text of state.textOf(block)) state.waiting.push({ measurement, text })
  }
  const surplus = state.waiting.length - WAITING_ROWS
  if (surplus > 0) {
    state.waiting.splice(0, surplus)
    state.missed += surplus
  }
  state.timer ??= setTimeout(() => flush(state), FLUSH_MS)
}

/** One batch a turn: what a burst leaves waits here once, not in the buffers of every reader. */
function flush(state: State): void {
  state.timer = undefined
  const batch = state.waiting.splice(0, BATCH_ROWS)
  const texts = new Map<string, string>()
  for (const reader of state.readers) {
    const key = reader.wanted === undefined ? '' : [...reader.wanted].join(',')
    const text = texts.get(key) ?? batchText(batch, reader.wanted)
    texts.set(key, text)
    tell(state, reader, text)
  }
  if (state.waiting.length > 0) {
    state.timer = setTimeout(() => flush(state), FLUSH_MS)
    return
  }
  if (state.missed > 0) tellAll(state, event('missed', { rows: state.missed }))
  state.missed = 0
}

function batchText(batch: readonly Waiting[], wanted: ReadonlySet<string> | undefined): string {
  const lines = batch
    .filter(({ measurement }) => wanted?.has(measurement) ?? measurement !== 'audit')
    .map(({ text }) => text)
  return lines.length === 0 ? '' : `event: rows\ndata: [${lines.join(',')}]\n\n`
}

function tellAll(state: State, text: string): void {
  for (const reader of state.readers) tell(state, reader, text)
}

/** A reader that has not taken what it was told is cut: it comes back and asks for the newest. */
function tell(state: State, { response }: Reader, text: string): void {
  if (text === '' || response.destroyed) return
  if (response.writableLength <= BEHIND_BYTES) {
    response.write(text)
    return
  }
  response.destroy()
  state.counts.cut++
  state.onCut?.(state.counts)
}

function endAll(state: State): void {
  clearTimeout(state.timer)
  state.timer = undefined
  state.waiting = []
  state.missed = 0
  for (const { response } of state.readers) response.end()
}
