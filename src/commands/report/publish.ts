import { join } from 'node:path'
import type { Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { publicDocuments } from '../../http/public/documents.ts'
import { publicFacts, type PublicFacts } from '../../http/public/facts.ts'
import { writeDurably } from '../../store/durable.ts'
import { CONFIG_OPTION, configOf } from '../arguments.ts'
import { askDaemon } from '../ask-daemon.ts'
import { openFree } from '../free-store.ts'
import { writeOut } from '../output.ts'

const ANSWER_MS = 30_000
/** A web server of another account reads them. */
const MODE = 0o644

export function addPublish(coldaisle: Command): void {
  coldaisle
    .command('publish')
    .description('writes the public page (`http.publicPage`) as files, for a web server elsewhere')
    .requiredOption(...CONFIG_OPTION)
    .requiredOption('--out <dir>', 'the folder; files of the same names are replaced, each as a whole')
    .action(async ({ config, out }: { config: string; out: string }) => {
      const documents = publicDocuments(await factsOf(configOf(config)))
      for (const [name, { text }] of documents) await writeDurably(join(out, name), text, MODE)
      writeOut(`${[...documents.keys()].join(', ')} in ${out}\n`)
    })
}

/** From the store of a stopped daemon, or from the one that runs. */
async function factsOf(config: ReturnType<typeof configOf>): Promise<PublicFacts> {
  const { publicPage } = config.http
  if (publicPage === undefined) {
    throw new BadInput('http.publicPage is not configured: nothing of this site is for everybody')
  }
  await using store = await openFree(config)
  if (store !== undefined) return publicFacts(config, publicPage, store, Date.now())
  return (await askDaemon(config, { path: 'public', parameters: {}, limitMs: ANSWER_MS })) as PublicFacts
}
