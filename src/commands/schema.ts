import { Argument, type Command } from 'commander'
import { jsonSchema } from '../config/config.ts'
import { reportJsonSchema } from '../config/reporting/report-schema.ts'

export function addSchema(coldaisle: Command): void {
  coldaisle
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors, or of reports')
    .addArgument(new Argument('[of]').choices(['configuration', 'report']).default('configuration'))
    .action((of: string) => {
      const schema = of === 'report' ? reportJsonSchema() : jsonSchema()
      process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`)
    })
}
