import type { Command } from 'commander'
import { jsonSchema } from '../config/config.ts'

export function addSchema(coldaisle: Command): void {
  coldaisle
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .action(() => {
      process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`)
    })
}
