import * as z from 'zod'
import { strict, text } from '../members.ts'
import { listenFault, windowFault } from '../strings.ts'

/** What a visitor may see: nothing but what stands here. */
export const publicPage = strict({
  listen: text('host:port of the public page, which has a listener of its own', listenFault),
  title: text('what the site is called there').default('PUE'),
  boundaries: z.record(z.string(), z.string()).describe('boundaries that are shown, with the name that visitors read'),
  windows: z
    .array(text('a window of `core.windows`', windowFault))
    .min(1)
    .max(10)
    .default(['24h', '30d', '365d'])
    .describe('windows that are shown, the shortest first'),
  delayMin: z.number().min(0).max(10_080).default(15).describe('nothing newer is shown, minutes'),
  digits: z.int().min(1).max(3).default(2).describe('decimals of a PUE'),
  power: z.boolean().default(false).describe('show mean power, too, in steps of 10 kW'),
})
