/** What the bench asks, and the form of its answers. */
import type { Program } from '../servers/servers.ts'

/** A checkout that is measured: the present one, or another commit's. */
export interface Tree {
  /** `this`, or the reference that was asked for. */
  name: string
  root: string
  /** Short number of the commit; with a + behind it there are changes that no commit has. */
  commit: string
}

export type Size = 'quick' | 'usual' | 'full'

export interface Asked {
  tree: Tree
  size: Size
  /** A folder for what the questions write; it is gone afterwards. */
  folder: string
}

/** What the issue asks for: of the ratio to the floor, or of the measured number itself. */
export interface Target {
  of: 'ratio' | 'measured'
  atMost?: number
  atLeast?: number
}

/** One number of one pair. Figures of the same line are compared over the pairs. */
export interface Figure {
  line: string
  unit: string
  measured: number
  /** In the same unit, measured in the same pair. */
  floor?: number
  target?: Target
}

/** A figure that cannot be measured here, and why. */
export interface Missed {
  line: string
  reason: string
}

export interface Question {
  name: string
  asks: string
  /** What the figures are compared with. */
  floor: string
  needs: readonly Program[]
  /** Linux only: it reads /proc. */
  reads?: 'proc'
  /** No further pair begins that would end after so many seconds. Every wait within a pair has a limit of its own. */
  limitS: Readonly<Record<Size, number>>
  measure(asked: Asked): Promise<(Figure | Missed)[]>
}
