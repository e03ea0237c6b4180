import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isLoopback, parseListenAddress, type ListenAddress } from '../config/listen-address.ts'
import { isAlive, unready, type Health } from '../health/health.ts'
import { createMetrics } from './metrics.ts'

/**
 * One path of the server, which is node:http and no framework (D59). GET and HEAD only; an answer that throws becomes
 * a 500 without a word of why.
 */
export interface HttpRoute {
  /** The whole path, such as `/healthz`; with `/*` at its end everything below it. The longest that fits answers. */
  path: string
  answer(request: IncomingMessage, response: ServerResponse, url: URL): void | Promise<void>
}

export interface HttpOptions {
  /** `host:port`; port 0 takes a free one. */
  listen: string
  health: Health
  /** A proxy stands before us and decides who may see us: any host may be listened on, and be named by clients. */
  trustedProxy?: boolean
  /** More paths: the live page, the rows. */
  routes?: readonly HttpRoute[]
  /** Told what a client is not: why its request failed inside. */
  onError?: (error: unknown) => void
  clock?: () => number
}

export interface HttpServer {
  readonly port: number
  /** Stops listening; what is still being answered a second later is cut. */
  close(): Promise<void>
}

const MAX_CONNECTIONS = 200
const MAX_HEADER_BYTES = 8192
const CLOSE_MS = 1000

const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
}

/**
 * Opens the HTTP server with /healthz, /readyz, /metrics and the routes given. Throws Error when the address is not of
 * this machine alone and no trusted proxy is declared, or cannot be listened on.
 */
export async function openHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port } = addressOf(options.listen)
  const guarded = options.trustedProxy !== true
  if (guarded && !isLoopback(host)) throw new Error(openTooWide(options.listen))
  const routes = [...ownRoutes(options), ...(options.routes ?? [])]
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: 5000,
      requestTimeout: 10_000,
      keepAliveTimeout: 5000,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => {
      answer(routes, guarded ? host : undefined, request, response).catch((error: unknown) => {
        options.health.httpErrors++
        options.onError?.(error)
        if (response.headersSent) response.destroy()
        else answerText(response, 500, 'internal error')
      })
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  const bound = await listening(server, host, port, options.listen)
  server.on('error', (error) => options.onError?.(error)) // too many open files: one client less, not one daemon less
  if (guarded && !isLoopback(bound.host)) {
    // A name such as localhost can be made to mean any address.
    await closed(server)
    throw new Error(openTooWide(options.listen))
  }
  return { port: bound.port, close: () => closed(server) }
}

/** Ends the response with a line of text. */
export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

/** Ends the response with JSON. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(`${JSON.stringify(body)}\n`)
}

function ownRoutes({ health, clock = Date.now }: HttpOptions): HttpRoute[] {
  const metrics = createMetrics(health, clock)
  return [
    {
      path: '/healthz',
      answer(_request, response) {
        const alive = isAlive(health, clock())
        answerText(response, alive ? 200 : 503, alive ? 'alive' : 'not alive')
      },
    },
    {
      path: '/readyz',
      answer(_request, response) {
        const reasons = unready(health)
        answerJson(response, reasons.length === 0 ? 200 : 503, { reasons })
      },
    },
    {
      path: '/metrics',
      async answer(_request, response) {
        const text = await metrics.text()
        response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text)
      },
    },
  ]
}

/** `host`: the address we listen on where only this machine may ask; undefined behind a proxy. */
async function answer(
  routes: readonly HttpRoute[],
  host: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, text] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, text)
  // A page from elsewhere can give its own name our address; it cannot give its requests our name.
  if (host !== undefined && !isOurs(request.headers.host, host)) return refuse(response, 421, 'unknown host')
  // A body is never read, so the connection ends with its answer.
  if (hasBody(request)) response.setHeader('Connection', 'close')
  const target = request.url ?? ''
  const url = target.startsWith('/') ? URL.parse(`http://coldaisle${target}`) : null
  if (url === null) return refuse(response, 400, 'bad path')
  const route = routeOf(routes, url.pathname)
  if (route === undefined) return answerText(response, 404, 'not found')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    return answerText(response, 405, 'only GET and HEAD')
  }
  if (hasBody(request)) return answerText(response, 413, 'no request here has a body')
  await route.answer(request, response, url)
}

function routeOf(routes: readonly HttpRoute[], path: string): HttpRoute | undefined {
  const fits = routes.filter((route) =>
    route.path.endsWith('/*') ? path.startsWith(route.path.slice(0, -1)) : path === route.path,
  )
  return fits.toSorted((a, b) => b.path.length - a.path.length)[0]
}

/** Answers and hangs up: nobody reads what else the client sends. */
function refuse(response: ServerResponse, status: number, text: string): void {
  response.setHeader('Connection', 'close')
  answerText(response, status, text)
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0
}

function isOurs(header: string | undefined, host: string): boolean {
  const named = URL.parse(`http://${header ?? ''}`)?.hostname.replace(/^\[|\]$/g, '')
  return named !== undefined && (isLoopback(named) || named === host.toLowerCase())
}

function addressOf(listen: string): ListenAddress {
  const address = parseListenAddress(listen)
  if (address === undefined) {
    throw new Error(`http.listen: ${listen} is no address to listen on, such as 127.0.0.1:8080`)
  }
  return address
}

function openTooWide(listen: string): string {
  return (
    `http.listen: ${listen} would show the page to every machine that reaches this one. Listen on 127.0.0.1, or put ` +
    'a proxy with TLS and accounts before it and say so with http.trustedProxy: true'
  )
}

async function listening(server: Server, host: string, port: number, listen: string) {
  await new Promise<void>((done, fail) => {
    const failed = (error: Error): void =>
      fail(new Error(`http.listen: ${listen} cannot be listened on`, { cause: error }))
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      done()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error(`http.listen: ${listen} gave no address`)
  return { host: address.address, port: address.port }
}

async function closed(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
  await new Promise<void>((done) => {
    server.close(() => done())
    server.closeIdleConnections()
  })
  clearTimeout(cut)
}
