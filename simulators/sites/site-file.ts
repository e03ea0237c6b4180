/** Simulated sites as files: which kind of plant, how large, where. Configurations are made of it (generate.ts). */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { BadInput } from '../../src/config/bad-input.ts'
import { formatFault, issueDrafts, placeFaults } from '../../src/config/faults.ts'
import { readDocument } from '../../src/config/document/document.ts'
import { KINDS } from '../plant/kinds.ts'

const siteFile = z.strictObject({
  about: z.string().min(1),
  plant: z.enum(KINDS),
  timezone: z.string(),
  altitudeM: z.number().default(30),
  halls: z.int().min(1).max(99),
  /** In each hall. */
  racks: z.int().min(1).max(999),
  rackKw: z.number().positive(),
  /** Class of the equipment. */
  class: z.enum(['A1', 'A2', 'A3', 'A4', 'H1']).default('A2'),
  /** 1: IT energy at the UPS output, 2: behind the distribution units, 3: at the racks. */
  category: z.literal([1, 2, 3]).default(2),
  /** How often meters and sensors send, seconds. */
  meterS: z.int().min(1).max(900).default(10),
  inletS: z.int().min(1).max(900).default(60),
  /** Whether each inlet has a sensor behind the rack, too. */
  outlets: z.boolean().default(false),
  /** false: it runs outside of the recommended range on purpose, so only the allowable one is alarmed. */
  recommendedAlarm: z.boolean().default(true),
})

export type SiteFile = Readonly<z.output<typeof siteFile>>

/** Throws `BadInput` with every fault of the file and its place. */
export function readSiteFile(file: string): SiteFile {
  return readYaml(file, siteFile)
}

/** A YAML file of a shape. Throws `BadInput` with every fault and its place. */
export function readYaml<Shape extends z.ZodType>(file: string, shape: Shape): z.output<Shape> {
  let text: string
  try {
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
