import type { IncomingMessage } from 'node:http'

const MOST_BYTES = 4096

/** The members of a request's JSON body; undefined: it holds no object, or more than 4 KiB. */
export async function jsonBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return undefined
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) return undefined
    chunks.push(chunk)
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : undefined
  } catch {
    return undefined
  }
}
