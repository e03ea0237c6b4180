/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 and AsyncAPI 3.0 have them. */
export type JsonSchema = Readonly<Record<string, unknown>>

export const TEXT: JsonSchema = { type: 'string' }
export const NUMBER: JsonSchema = { type: 'number' }
export const INTEGER: JsonSchema = { type: 'integer' }
export const BOOLEAN: JsonSchema = { type: 'boolean' }
/** Epoch ms. */
export const TIME: JsonSchema = { type: 'integer', description: 'epoch ms' }

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}

export function oneOf(words: readonly string[]): JsonSchema {
  return { type: 'string', enum: [...words] }
}

/** Or null where it is not known. */
export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] }
}

/** An object by name of member; a name with ? behind it may be absent. Members may be added later. */
export function objectOf(members: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const named = Object.entries(members).map(([name, schema]) => [name.replace(/\?$/, ''), schema] as const)
  const required = Object.keys(members).filter((name) => !name.endsWith('?'))
  return { type: 'object', properties: Object.fromEntries(named), ...(required.length === 0 ? {} : { required }) }
}

/** An object whose members have names that only the site knows. */
export function mapOf(schema: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: schema }
}
