/** The checkouts that are measured. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Tree } from './question.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** The present checkout. */
export function presentTree(): Tree {
  return { name: 'this', root: ROOT, commit: commitOf(ROOT) }
}

/** Another commit's files in a folder of their own, with this checkout's packages; removed when disposed. */
export function otherTree(ref: string): Tree & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-against-'))
  const root = join(folder, 'tree')
  git(['worktree', 'add', '--detach', root, ref])
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true })
    git(['worktree', 'prune'])
  }
  process.once('exit', remove)
  return {
    name: ref,
    root,
    commit: commitOf(root),
    [Symbol.dispose]() {
      process.off('exit', remove)
      remove()
    },
  }
}

/** Changes of the bench itself do not change what is measured. */
function commitOf(root: string): string {
  try {
    const commit = git(['-C', root, 'rev-parse', '--short', 'HEAD']).trim()
    const changed = git(['-C', root, 'status', '--porcelain', '--untracked-files=no', 'src', 'config', 'simulators'])
    return changed === '' ? commit : `${commit}+`
  } catch (error) {
    return `no checkout (${error instanceof Error ? error.name : 'unknown'})`
  }
}

function git(args: readonly string[]): string {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
