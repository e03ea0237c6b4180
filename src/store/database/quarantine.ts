import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

const QUARANTINES = 3

/** Moves a damaged database, with its log, to a name of its own beside it; returns that. At most three lie there. */
export function setAside(file: string, cause: unknown): string {
  for (let i = 1; i <= QUARANTINES; i++) {
    const target = `${file}.damaged-${i}`
    if (existsSync(target)) continue
    renameSync(file, target)
    if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${target}-wal`)
    rmSync(`${file}-shm`, { force: true })
    syncPath(dirname(file))
    return target
  }
  throw new Error(`${file} is damaged, and ${QUARANTINES} damaged ones lie beside it already`, { cause })
}

/** Waits until a file's bytes, or the names in a folder, are on the disk. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
