/** Faults that the simulation has to find: each changes the daemon's own source at one place or two. */
export interface Plant {
  name: string
  /** The first seed that found it, where the search begins; absent: 1. */
  seed?: number
  /** Below `src/`. */
  file: string
  /** What stands there, once, and what comes in its place. */
  edits: readonly (readonly [is: string, becomes: string])[]
}

const ACK = '    packet.ack?.()\n'

export const PLANTS: readonly Plant[] = [
  {
    name: 'a PUBACK before the commit',
    seed: 7,
    file: 'fold/turns.ts',
    edits: [
      [ACK, ''],
      [
        '  const { firstSeq } = await commitUntilThere',
        '  for (const { ack } of packets) ack?.()\n  const { firstSeq } = await commitUntilThere',
      ],
    ],
  },
  {
    name: 'PUBACKs in another order',
    file: 'fold/turns.ts',
    edits: [
      [ACK, ''],
      [
        '  acknowledge(packets, firstSeq)\n',
        '  acknowledge(packets, firstSeq)\n  for (const { ack } of packets.toReversed()) ack?.()\n',
      ],
    ],
  },
  {
    name: 'the watermark is left out of the snapshot',
    file: 'core/snapshot/snapshot.ts',
    edits: [
      ['  core.mark.newestMs = state[6]!\n  core.mark.heardMs = state[7]!\n', ''],
      ['  core.mark.latestMs = state[12]!\n', ''],
      ['  core.mark.freshMs = state[14]!\n  core.mark.closedMs = state[15]!\n', ''],
    ],
  },
  {
    name: 'alarms are left out of the snapshot',
    seed: 3,
    file: 'core/snapshot/snapshot.ts',
    edits: [['  restoreAlarms(core.alarms, names, sections)\n', '']],
  },
  {
    name: 'the clock of the host in the fold',
    file: 'fold/fold.ts',
    edits: [['acceptAtOnce(pipeline, entry,', 'acceptAtOnce(pipeline, { ...entry, nowMs: Date.now() },']],
  },
  {
    name: 'entries count as folded once they are journalled',
    file: 'store/base.ts',
    edits: [['ledger.foldedSeq = foldedSeq', 'ledger.foldedSeq = ledger.lastSeq']],
  },
  {
    name: 'one slice more counts as stored',
    seed: 17,
    file: 'fold/fold.ts',
    edits: [['{ seq, slices, form: sliceForm', '{ seq, slices: slices + 1, form: sliceForm']],
  },
  {
    name: 'outputs of slices that were not stored are thrown away by the next fold',
    seed: 17,
    file: 'fold/fold.ts',
    edits: [['slices <= cut.slices', 'slices <= cut.slices + 1']],
  },
  {
    name: 'a snapshot is said to be of the entry at which it is written',
    seed: 8,
    file: 'fold/saving.ts',
    edits: [['push({ seq, sections: last })', 'push({ seq: state.fold.foldedSeq, sections: last })']],
  },
  {
    name: 'a purge passes the snapshot',
    seed: 10,
    file: 'store/base.ts',
    edits: [['purgeChunk(base, oldestSnapshotSeq(base), nowMs)', 'purgeChunk(base, Infinity, nowMs)']],
  },
  {
    name: 'a start leaves out the first entry behind its snapshot',
    seed: 8,
    file: 'fold/fold.ts',
    edits: [['Math.max(store.start().firstSeq, foldedSeq + 1)', 'Math.max(store.start().firstSeq, foldedSeq + 2)']],
  },
  {
    name: 'an entry is left out between two batches of the catch-up',
    seed: 10,
    file: 'fold/catch-up.ts',
    edits: [['(entries.at(-1)?.seq ?? toSeq) + 1', '(entries.at(-1)?.seq ?? toSeq) + 2']],
  },
  {
    name: 'the first notice of a commit is dropped',
    file: 'store/base.ts',
    edits: [['    putNotices(base, notices)\n', '    putNotices(base, notices.slice(1))\n']],
  },
  {
    name: 'a write without an answer counts as written',
    file: 'send/influx/drain.ts',
    edits: [['return { trouble: answer }\n    case', 'return { accepted: rows }\n    case']],
  },
  {
    name: 'a write that may still arrive is no ghost',
    seed: 5,
    file: 'send/influx/suspects.ts',
    edits: [['  noteGhosts(ghosts, rows)\n', '']],
  },
  {
    name: 'an echo ends before it is written',
    seed: 19,
    file: 'send/influx/drain.ts',
    edits: [
      ['    const trouble = await writeInParts(drain, rows)\n    if (trouble !== undefined) return trouble\n', ''],
    ],
  },
]

export function plantNamed(name: string | undefined): Plant | undefined {
  if (name === undefined || name === '') return undefined
  const found = PLANTS.find((it) => it.name === name)
  if (found === undefined) throw new Error(`no fault is called ${name}`)
  return found
}

/** The module with the fault in it. Throws where a place is not there, or not once. */
export function planted({ name, file, edits }: Plant, source: string): string {
  let text = source
  for (const [is, becomes] of edits) {
    const parts = text.split(is)
    if (parts.length !== 2) throw new Error(`${name}: ${file} has its place ${parts.length - 1} times`)
    text = parts.join(becomes)
  }
  return text
}
