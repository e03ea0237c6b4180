import type { IncomingMessage, ServerResponse } from 'node:http'
import { addressOf, closed, createLimitedServer, listening } from '../listening.ts'
import type { PublicDocument } from './documents.ts'

/** Where each document stands; nothing else is answered. */
const PATHS: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/embed': 'embed.html',
  '/badge.svg': 'badge.svg',
  '/pue.json': 'pue.json',
  '/public.css': 'public.css',
}

/** Others may show these within their own pages. */
const SHOWN_ELSEWHERE = ['embed.html', 'badge.svg', 'pue.json']
const MAX_AGE_S = 60

/**
 * Opens a listener of its own for the public page. It has no route, account or header of the live page, and answers
 * from documents that are made beforehand: a request reads nothing. Throws Error where it cannot listen.
 */
export async function openPublic(
  listen: string,
  documents: () => ReadonlyMap<string, PublicDocument>,
): Promise<{ port: number; close(): Promise<void> }> {
  const { host, port } = addressOf(listen)
  const server = createLimitedServer(undefined, (request, response) => answer(documents(), request, response))
  const bound = await listening(server, host, port, listen)
  server.on('error', () => server.closeIdleConnections()) // too many open files: one client less, not one daemon less
  return { port: bound.port, close: () => closed(server) }
}

function answer(
  documents: ReadonlyMap<string, PublicDocument>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const name = PATHS[request.url ?? ''] ?? ''
  const isElsewhere = SHOWN_ELSEWHERE.includes(name)
  const ancestors = isElsewhere ? '*' : "'none'"
  const headers = {
    'Content-Security-Policy': `default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors ${ancestors}`,
    'Cross-Origin-Resource-Policy': isElsewhere ? 'cross-origin' : 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
    ...(name === 'pue.json' ? { 'Access-Control-Allow-Origin': '*' } : {}),
  }
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const document = isRead ? documents.get(name) : undefined
  if (document === undefined) {
    response.writeHead(isRead ? (name === '' ? 404 : 503) : 405, headers).end()
    return
  }
  const bytes = Buffer.from(document.text)
  response.writeHead(200, {
    ...headers,
    'Content-Type': document.type,
    'Content-Length': bytes.length,
    'Cache-Control': `public, max-age=${MAX_AGE_S}`,
  })
  response.end(bytes)
}
