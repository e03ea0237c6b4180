import { readFileSync, statSync } from 'node:fs'
import type * as z from 'zod'
import { BadInput } from '../bad-input.ts'
import { formatFault, issueDrafts, placeFaults } from '../faults.ts'
import { readDocument } from '../document/document.ts'

const MOST_BYTES = 16e6

/** A YAML file of a shape. Throws `BadInput` with every fault and its place. */
export function readYaml<Shape extends z.ZodType>(file: string, shape: Shape): z.output<Shape> {
  let text: string
  try {
    const found = statSync(file)
    if (!found.isFile() || found.size > MOST_BYTES) throw new Error('no plain file of at most 16 MB')
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new BadInput(`${file}: cannot be read (${error instanceof Error ? error.message : String(error)})`)
  }
  const document = readDocument(text, {}, { file, readText: () => ({ reason: 'is not read here', hint: undefined }) })
  if (!('root' in document)) throw new BadInput(document.faults.map(formatFault).join('\n'))
  const parsed = shape.safeParse(document.root)
  const drafts = issueDrafts(parsed.error?.issues ?? [], document.root)
  const faults = [...document.faults, ...placeFaults(document, drafts)]
  if (!parsed.success || faults.length > 0) throw new BadInput(faults.map(formatFault).join('\n'))
  return parsed.data
}
