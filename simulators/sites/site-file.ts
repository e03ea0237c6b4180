/** Simulated sites as files: which kind of plant, how large, where. Configurations are made of it (generate.ts). */
import { z } from 'zod'
import { readYaml } from '../../src/config/files/yaml-file.ts'
import { DIALECTS, type DialectName } from '../devices/families/families.ts'
import { KINDS } from '../plant/kinds.ts'

const dialect = z.enum(Object.keys(DIALECTS) as [DialectName, ...DialectName[]])
/** One for each hall, or several that take turns. */
const byHall = z.union([dialect.transform((one) => [one]), z.array(dialect).min(1)])

/** Families of devices by what they measure. */
const groups = z.strictObject({
  utility: dialect.default('plain'),
  cooling: dialect.default('plain'),
  it: byHall.default(['plain']),
  outdoor: dialect.default('plain'),
  air: byHall.default(['plain']),
})

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
  /** Whether the supply and the return air of each hall are measured, for its return temperature index. */
  returns: z.boolean().default(false),
  /** false: it runs outside of the recommended range on purpose, so only the allowable one is alarmed. */
  recommendedAlarm: z.boolean().default(true),
  /** Which family its devices are of: one for all, or by what they measure. */
  device: z
    .union([dialect.transform((one) => ({ utility: one, cooling: one, it: [one], outdoor: one, air: [one] })), groups])
    .default({ utility: 'plain', cooling: 'plain', it: ['plain'], outdoor: 'plain', air: ['plain'] }),
})

export type SiteFile = Readonly<z.output<typeof siteFile>>

/** Throws `BadInput` with every fault of the file and its place. */
export function readSiteFile(file: string): SiteFile {
  return readYaml(file, siteFile)
}
