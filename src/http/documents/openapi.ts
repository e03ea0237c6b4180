import type { Right } from '../accounts/door.ts'
import { ANSWERS } from './answers.ts'
import type { JsonSchema } from './json-schema.ts'
import { OPERATIONS, type Operation } from './operations.ts'

/** As much of a route as the document tells. */
interface DescribedRoute {
  readonly path: string
  readonly right?: Right
  readonly orders?: readonly ('POST' | 'DELETE')[]
}

type Methods = Readonly<Partial<Record<'get' | 'post' | 'delete', Operation>>>

/** Programs send a token, pages their session. */
const SECURITY = [{ token: [] }, { session: [] }]

/**
 * The OpenAPI 3.1 document of those routes that are for programs. `version`: of the program. Throws Error for a route
 * below `/api/v1` that nobody has described.
 */
export function openApiOf(routes: readonly DescribedRoute[], version: string): JsonSchema {
  const described = routes.flatMap((route) => {
    const methods = methodsOf(route.path)
    if (methods === undefined && /^\/api\/v1\/[^*]*$/.test(route.path))
      throw new Error(`${route.path} has no operation`)
    return methods === undefined ? [] : [[route.path, operationsOf(route, methods)]]
  })
  return {
    openapi: '3.1.0',
    info: {
      title: 'coldaisle',
      version,
      description:
        'What a data centre draws and breathes. Members and paths are added, never renamed. No answer is cached.',
    },
    paths: Object.fromEntries(described),
    components: {
      schemas: ANSWERS,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'made by `coldaisle account token`' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-coldaisle', description: 'of who has logged in' },
      },
    },
  }
}

function methodsOf(path: string): Methods | undefined {
  return Object.entries<Methods>(OPERATIONS).find(([known]) => known === path)?.[1]
}

function operationsOf({ path, right, orders = [] }: DescribedRoute, methods: Methods): JsonSchema {
  const served = ['get', ...orders.map((order) => order.toLowerCase())]
  const answered = Object.entries(methods).filter(([method]) => served.includes(method))
  return Object.fromEntries(
    answered.map(([method, operation]) => [
      method,
      {
        operationId: `${method}${path.replaceAll(/[^a-z0-9]+(.?)/g, (_, letter: string) => letter.toUpperCase())}`,
        summary: operation.about,
        security: right === 'anyone' ? [] : SECURITY,
        parameters: Object.entries(operation.questions ?? {}).map(([name, question]) => ({
          name,
          in: 'query',
          description: question.about,
          ...(question.isRequired === true ? { required: true } : {}),
          schema: question.schema,
        })),
        ...(operation.body === undefined ? {} : { requestBody: { required: true, content: jsonOf(operation.body) } }),
        responses: {
          [operation.status ?? 200]: { description: 'as asked', content: contentOf(operation) },
          default: { description: 'why not, in a sentence', content: { 'text/plain': { schema: { type: 'string' } } } },
        },
      },
    ]),
  )
}

function contentOf({ answer, type = 'text/plain' }: Operation): JsonSchema {
  if (answer === undefined) return { [type]: { schema: { type: 'string' } } }
  return jsonOf({ $ref: `#/components/schemas/${answer}` })
}

function jsonOf(schema: JsonSchema): JsonSchema {
  return { 'application/json': { schema } }
}
