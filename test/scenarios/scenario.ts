/**
 * A little language for scenarios, to be read by whoever runs a data centre:
 *
 *   from 2026-03-29T00:00Z                        what 0:00 means (2026-03-02T00:00Z unless said)
 *   0:00  main 120000  it 80000                   readings at an event time (h:mm[:ss[.mmm]]), heard at that time
 *   0:00  main 120000  @0:07:30                   … heard later (or earlier); arrival times do not fall
 *   0:00 to 0:20 every 30 s  main 120000          a row of readings
 *   retained main 120000  @0:03                   the broker's kept copy, without a stamp
 *   0:04  ack inlet_allowable r1 by ann            a command to the alarms, heard at that time
 *   0:04  shelve stale t by ann until 1:04 why mending a fan   … `why` comes last; unshelve, out_of_service, in_service
 *   0:04  listen                                  the daemon is back; since the packet before nobody listened
 *   @0:06                                         the clock gets there, nothing comes
 *   end                                           the recording ends: everything is closed and settled
 *
 * Behind `=>`, and on lines of their own that begin with it, stands what comes of a step: `outcome` is that of the step's
 * readings; each series named (`energy it`, `pue 5m`, `climate r1`, `compliance site dc 1h`, `alarm`, and `notice`, which
 * is what people are told) must have exactly the rows told, in their order, since the step before that expected something. `no energy it`: none. `so far` looks at
 * no row up to here. `says` comes last: the rest of the line is the message of an alarm. A number is compared with as many decimals as it is written with; what is not told is not compared.
 */
import { formatFault, parseConfig } from '../../src/config/config.ts'
import { advance, finish } from '../../src/core/core.ts'
import { restoreCore, saveCore } from '../../src/core/snapshot/snapshot.ts'
import { OUTCOMES } from '../../src/core/contract/outcome.ts'
import { accept, createPipeline, type Pipeline } from '../../src/fold/pipeline.ts'
import { commandTopic } from '../../src/ingest/command.ts'
import { OWN_TOPIC, ownPayload } from '../../src/ingest/own-entry.ts'
import { createSite, type Site } from '../../src/site/site.ts'
import type { NoticeBody } from '../../src/rows/alarm-rows.ts'
import type { Notice } from '../../src/rows/notice.ts'
import { createRowSink, type Row } from '../../src/rows/rows.ts'
import { differenceOf, measurementOf, VOCABULARY } from './words.ts'

/** Plays a scenario and throws, with the scenario and a mark at the line, where it does not go as told. */
export function scenario(yaml: string, table: string): void {
  play(createStage(siteOf(yaml)), table)
}

/** The same twice: once as it is, once with the core saved and restored before every packet. */
export function restartedScenario(yaml: string, table: string): void {
  scenario(yaml, table)
  play({ ...createStage(siteOf(yaml)), restarts: true }, table)
}

function play(stage: Stage, table: string): void {
  const lines = table.split('\n')
  for (const step of stepsOf(lines)) {
    try {
      playStep(stage, step)
    } catch (error) {
      const line = error instanceof Unexpected ? error.line : step.line
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`${reason}\n\n${marked(lines, line)}`, { cause: error })
    }
  }
}

/** The site of a configuration text; throws with its faults. */
export function siteOf(yaml: string): Site {
  const read = parseConfig(yaml, { file: '/nowhere/site.yaml' })
  if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
  return createSite(read.config)
}

/** A site at work: what it was told and what it said so far. */
export interface Stage {
  readonly site: Site
  pipeline: Pipeline
  readonly rows: Row[]
  /** What people were told, as rows of `notice`. */
  readonly notices: Row[]
  /** The core is saved and restored before every packet. */
  readonly restarts?: boolean
  baseMs: number
  /** Rows, and notices, before it belong to earlier expectations. */
  seen: number
  seenNotices: number
  /** Outcomes of the step's readings, in their order. */
  outcomes: string[]
}

export function createStage(site: Site, baseMs = Date.UTC(2026, 2, 2)): Stage {
  const rows: Row[] = []
  const notices: Row[] = []
  return {
    site,
    pipeline: openedPipeline(site, rows, notices),
    rows,
    notices,
    baseMs,
    seen: 0,
    seenNotices: 0,
    outcomes: [],
  }
}

function openedPipeline(site: Site, rows: Row[], notices: Row[]): Pipeline {
  const measurement = 'notice' as Row['measurement']
  const note = ({ payload }: Notice): void => {
    const { site: of, alarm, source, severity, timeMs, ...fields } = JSON.parse(payload) as NoticeBody
    const routes = fields.routes?.join(',')
    notices.push({
      measurement,
      tags: { site: of, alarm, source, severity },
      fields: { ...fields, routes } as never,
      timeMs,
    })
  }
  return createPipeline(
    site,
    createRowSink(site, (row) => rows.push(row), note),
  )
}

/** The core that goes on: itself, or one restored from what it saves. */
export function restarted(stage: Stage): Pipeline {
  if (stage.restarts !== true) return stage.pipeline
  const { sections } = saveCore(stage.pipeline.core, stage.site, undefined)
  const pipeline = openedPipeline(stage.site, stage.rows, stage.notices)
  pipeline.nowMs = stage.pipeline.nowMs
  for (const [outcome, count] of stage.pipeline.counts.entries()) pipeline.counts[outcome] = count
  if (!restoreCore(pipeline.core, stage.site, sections)) throw new Error('the snapshot was not taken')
  stage.pipeline = pipeline
  return pipeline
}

/** Tells the site one reading, in the point's unit, as a packet; with `tMs` undefined one without a stamp. */
export function tell(stage: Stage, point: string, text: string, tMs: number | undefined, nowMs: number): void {
  const { site } = stage
  const pipeline = restarted(stage)
  const topic = site.config.points[point]?.topic
  if (topic === undefined) throw new Error(`there is no point ${point}`)
  const payload = tMs === undefined ? text : `{"ts":${tMs},"value":${text}}`
  note(stage, () => accept(pipeline, { nowMs, topic, payload, retain: tMs === undefined }))
}

/** Notes the outcomes of what is done. */
function note({ pipeline, outcomes }: Stage, work: () => void): void {
  const before = [...pipeline.counts]
  work()
  for (const [index, name] of OUTCOMES.entries()) if (pipeline.counts[index] !== before[index]) outcomes.push(name)
}

interface Step {
  line: number
  action: string
  expected: { line: number; text: string }[]
}

class Unexpected extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

function stepsOf(lines: readonly string[]): Step[] {
  const steps: Step[] = []
  for (const [line, written] of lines.entries()) {
    const [action = '', expectation] = written.replace(/#.*/, '').split('=>')
    if (action.trim() !== '') steps.push({ line, action: action.trim(), expected: [] })
    if (expectation !== undefined) steps.at(-1)?.expected.push({ line, text: expectation.trim() })
  }
  return steps
}

function playStep(stage: Stage, { action, expected }: Step): void {
  stage.outcomes = []
  act(stage, action)
  if (expected.length === 0) return
  const lines = new Map<string, Step['expected']>()
  for (const it of expected) {
    if (it.text === 'so far') continue
    const key = it.text.startsWith('outcome') ? 'outcome' : seriesOf(it.text).join(' ')
    lines.set(key, [...(lines.get(key) ?? []), it])
  }
  for (const [key, told] of lines) {
    if (key === 'outcome') expectOutcomes(stage, told)
    else expectRows(stage, key.split(' '), told)
  }
  stage.seen = stage.rows.length
  stage.seenNotices = stage.notices.length
}

const CLOCK = String.raw`(\d+:\d\d(?::\d\d(?:\.\d{1,3})?)?)`
const ONE = new RegExp(`^${CLOCK} (.*)$`)
const MANY = new RegExp(`^${CLOCK} to ${CLOCK} every ([\\d.]+) s (.*)$`)
const COMMAND = new RegExp(`^${CLOCK} (ack|shelve|unshelve|out_of_service|in_service|listen)(?: (.*))?$`)
const HEARD = new RegExp(` ?@${CLOCK}$`)

function act(stage: Stage, written: string): void {
  const pipeline = restarted(stage)
  const words = written.replace(/\s+/g, ' ')
  if (words === 'end') return finish(pipeline.core)
  if (words.startsWith('from ')) {
    stage.baseMs = Date.parse(words.slice(5))
    return
  }
  const order = COMMAND.exec(words)
  if (order !== null) return command(stage, order)
  const heard = HEARD.exec(words)?.[1]
  const nowMs = heard === undefined ? undefined : clockMs(stage, heard)
  const said = words.replace(HEARD, '')
  if (said === '' && nowMs !== undefined) return advance(pipeline.core, nowMs)
  if (said.startsWith('retained ') && nowMs !== undefined) {
    for (const [point, text] of pairsOf(said.slice(9))) tell(stage, point, text, undefined, nowMs)
    return
  }
  const [, from, to, every, readings] = MANY.exec(said) ?? manyOfOne(said)
  if (from === undefined || to === undefined || readings === undefined) throw new Error(`what is "${written}"?`)
  const pairs = pairsOf(readings)
  for (let tMs = clockMs(stage, from); tMs <= clockMs(stage, to); tMs += Number(every) * 1000) {
    for (const [point, text] of pairs) tell(stage, point, text, tMs, nowMs ?? tMs)
  }
}

function command(stage: Stage, [, clock = '', name = '', words = '']: RegExpExecArray): void {
  const [, alarm, source, who, until, why] = /^(\S+) (\S+) by (\S+)(?: until (\S+))?(?: why (.*))?$/.exec(words) ?? []
  const untilMs = until === undefined ? undefined : clockMs(stage, until)
  const order = { command: name, alarm, source, who, why, until: untilMs && new Date(untilMs).toISOString() }
  const topic = commandTopic(stage.site.config.site.id)
  const nowMs = clockMs(stage, clock)
  if (name === 'listen') {
    return accept(stage.pipeline, { nowMs, topic: OWN_TOPIC, payload: ownPayload({ start: {} }), retain: false })
  }
  note(stage, () => accept(stage.pipeline, { nowMs, topic, payload: JSON.stringify(order), retain: false }))
}

function manyOfOne(said: string): (string | undefined)[] {
  const [, at, readings] = ONE.exec(said) ?? []
  return [said, at, at, '1', readings]
}

function pairsOf(text: string): [point: string, value: string][] {
  const words = text.trim().split(' ')
  if (words.length % 2 !== 0) throw new Error(`a point without a reading in "${text}"`)
  return words.flatMap((word, n) => (n % 2 === 0 ? [[word, words[n + 1] ?? '']] : []))
}

/** Measurement and tags that an expectation names: `pue 5m` of `pue 5m 0:05 1.5`; `no` may name fewer tags. */
function seriesOf(text: string): string[] {
  const words = text.replace(/^no /, '').split(/\s+/)
  const kind = measurementOf(words[0] ?? '')
  return [kind, ...words.slice(1, 1 + VOCABULARY[kind].series.length)]
}

function expectOutcomes({ outcomes }: Stage, told: Step['expected']): void {
  for (const { line, text } of told) {
    if (text === `outcome ${outcomes.join(' ')}`) continue
    throw new Unexpected(line, `the outcome is ${outcomes.join(' ') || 'none'}`)
  }
}

function expectRows(stage: Stage, [kind = '', ...names]: string[], told: Step['expected']): void {
  const { series } = VOCABULARY[measurementOf(kind)]
  const all = kind === 'notice' ? stage.notices.slice(stage.seenNotices) : stage.rows.slice(stage.seen)
  const came = all.filter(
    (row) => row.measurement === kind && names.every((name, n) => row.tags[series[n] ?? ''] === name),
  )
  const listed = came.length === 0 ? '  nothing' : came.map((row) => `  ${sentence(stage, row)}`).join('\n')
  const expected = told.filter(({ text }) => !text.startsWith('no '))
  for (const [n, { line, text }] of expected.entries()) {
    const row = came[n]
    const words = text.split(/ +/).slice(1 + series.length)
    const fault = row === undefined ? 'no such row came' : differenceOf(words, row, (clock) => clockMs(stage, clock))
    if (fault !== undefined) throw new Unexpected(line, `${fault}; there came\n${listed}`)
  }
  if (came.length > expected.length) {
    throw new Unexpected(
      told.at(-1)?.line ?? 0,
      `${came.length - expected.length} rows more than told; there came\n${listed}`,
    )
  }
}

function sentence(stage: Stage, { measurement, tags, fields, timeMs }: Row): string {
  const series = VOCABULARY[measurementOf(measurement)].series.map((tag) => tags[tag])
  const source = measurement === 'alarm' || String(measurement) === 'notice' ? [tags['alarm'], tags['source']] : []
  const rest = Object.entries(fields).map(([name, held]) => `${name} ${held}`)
  return [measurement, ...series, ...source, clockOf(stage, timeMs), ...rest].join(' ')
}

function clockMs({ baseMs }: Stage, clock: string): number {
  const [hours = '', minutes = '', seconds = '0'] = clock.split(':')
  return baseMs + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Math.round(Number(seconds) * 1000)
}

function clockOf({ baseMs }: Stage, tMs: number): string {
  const sinceMs = tMs - baseMs
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0')
  const minutes = `${Math.floor(sinceMs / 3_600_000)}:${two((sinceMs / 60_000) % 60)}`
  return sinceMs % 60_000 === 0 ? minutes : `${minutes}:${two((sinceMs / 1000) % 60)}`
}

function marked(lines: readonly string[], at: number): string {
  return lines.map((line, n) => `${n === at ? '>>' : '  '} ${line}`).join('\n')
}
