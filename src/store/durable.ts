import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Replaces a file as a whole: whoever reads it, also after a power cut, sees the old text or the new one. Makes the
 * folder. Readable by the owner and, with `mode`, by whom it names. Throws Error with its cause.
 */
export async function writeDurably(file: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const folder = dirname(file)
  const beside = join(folder, `.${basename(file)}.${process.pid}.tmp`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const handle = await open(beside, 'w', mode)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, file)
    await syncFolder(folder)
  } catch (error) {
    await rm(beside, { force: true }).catch((second: unknown) => second) // the first error is the one to tell
    throw new Error(`${file} cannot be written`, { cause: error })
  }
}

/** A rename is on the disk once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
