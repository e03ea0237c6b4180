import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { isLoopback } from '../config/listen-address.ts'
import { createTlsRenewal, type ServerTls } from '../config/files/server-tls.ts'
import { programVersion } from '../config/files/program-version.ts'
import { isAlive, unready, type Health } from '../health/health.ts'
import type { Figures } from '../rows/figures/figures.ts'
import { forgeryFault, hasRight, OPEN_DOOR, type Door, type Right, type Visitor } from './accounts/door.ts'
import { addressOf, closed, createLimitedServer, listening } from './listening.ts'
import { openApiOf } from './documents/openapi.ts'
import { createMetrics } from './metrics.ts'

/**
 * One path of the server, which is node:http and no framework (D59). An answer that throws becomes a 500 without a word
 * of why.
 */
export interface HttpRoute {
  /** The whole path, such as `/healthz`; with `/*` at its end everything below it. The longest that fits answers. */
  path: string
  /** What a visitor must be for it; absent: a viewer. */
  right?: Right
  /** Methods besides GET and HEAD. They may have a body, and must be the visitor's own (see `forgeryFault`). */
  orders?: readonly ('POST' | 'DELETE')[]
  answer(request: IncomingMessage, response: ServerResponse, url: URL, visitor: Visitor): void | Promise<void>
  /** Told of an order that does not come to its answer, and why. */
  onTurnedAway?(request: IncomingMessage, visitor: Visitor, reason: string): void
}

export interface HttpOptions {
  /** `host:port`; port 0 takes a free one. */
  listen: string
  health: Health
  /** A proxy stands before us and decides who may see us: any host may be listened on, and be named by clients. */
  trustedProxy?: boolean
  /** Who may do what; absent: whoever reaches us sees all. */
  door?: Door
  /** Absent: HTTP, which only this machine or a trusted proxy may reach. */
  tls?: ServerTls
  /** What the site is, for the metrics; absent: they speak of the daemon alone. */
  figures?: () => Figures
  /** More paths: the live page, the rows. */
  routes?: readonly HttpRoute[]
  /** Told what a client is not: why its request failed inside. */
  onError?: (error: unknown) => void
  clock?: () => number
}

export interface HttpServer {
  readonly port: number
  /**
   * Goes on with the certificate as its files are now; says whether they changed. Throws Error where they cannot be
   * used.
   */
  renew(nowMs: number): boolean
  /** Stops listening; what is still being answered a second later is cut. */
  close(): Promise<void>
}

const OPENAPI = '/api/openapi.json'
/** How often the right to an answer that goes on is looked at. */
const RIGHT_MS = 2000

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
 * this machine alone and neither TLS with accounts nor a trusted proxy is declared, or cannot be listened on.
 */
export async function openHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port } = addressOf(options.listen)
  const guarded = options.trustedProxy !== true && (options.tls === undefined || options.door === undefined)
  if (guarded && !isLoopback(host)) throw new Error(openTooWide(options.listen))
  const routes = [...ownRoutes(options), ...(options.routes ?? [])]
  const document = openApiOf([...routes, { path: OPENAPI }], programVersion())
  const house: House = {
    routes: [...routes, documentRoute(OPENAPI, () => document)],
    door: options.door ?? OPEN_DOOR,
    trustsProxy: options.trustedProxy === true,
    isSecure: options.tls !== undefined,
    ...(guarded ? { host } : {}),
  }
  const server = createLimitedServer(options.tls, (request, response) => {
    answer(house, request, response).catch((error: unknown) => {
      options.health.httpErrors++
      options.onError?.(error)
      if (response.headersSent) response.destroy()
      else answerText(response, 500, 'internal error')
    })
  })
  const bound = await listening(server, host, port, options.listen)
  server.on('error', (error) => options.onError?.(error)) // too many open files: one client less, not one daemon less
  if (guarded && !isLoopback(bound.host)) {
    // A name such as localhost can be made to mean any address.
    await closed(server)
    throw new Error(openTooWide(options.listen))
  }
  return { port: bound.port, renew: createRenewal(server, options.tls), close: () => closed(server) }
}

function createRenewal(server: Server | SecureServer, tls: ServerTls | undefined): HttpServer['renew'] {
  if (tls === undefined || !('setSecureContext' in server)) return () => false
  const renew = createTlsRenewal(server, tls)
  return (nowMs) => {
    const isAnother = renew(nowMs)
    if (isAnother) server.closeIdleConnections() // they were let in by what was there before
    return isAnother
  }
}

/** Ends the response with a line of text. */
export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

/** Ends the response with JSON. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(`${JSON.stringify(body)}\n`)
}

/** A document of what others may rely on. */
export function documentRoute(path: string, read: () => object): HttpRoute {
  return { path, answer: (_request, response) => answerJson(response, 200, read()) }
}

function ownRoutes({ health, figures, clock = Date.now }: HttpOptions): HttpRoute[] {
  const metrics = createMetrics(health, clock, figures)
  return [
    {
      path: '/healthz',
      right: 'anyone',
      answer(_request, response) {
        const alive = isAlive(health, clock())
        answerText(response, alive ? 200 : 503, alive ? 'alive' : 'not alive')
      },
    },
    {
      path: '/readyz',
      right: 'anyone',
      answer(_request, response) {
        const reasons = unready(health)
        answerJson(response, reasons.length === 0 ? 200 : 503, { reasons })
      },
    },
    {
      path: '/metrics',
      right: 'metrics',
      async answer(_request, response) {
        const text = await metrics.text()
        response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text)
      },
    },
  ]
}

/** What every request is answered from. */
interface House {
  readonly routes: readonly HttpRoute[]
  readonly door: Door
  readonly trustsProxy: boolean
  readonly isSecure: boolean
  /** The address we listen on where only this machine may ask. */
  readonly host?: string
}

async function answer(house: House, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { routes, door, host } = house
  for (const [name, text] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, text)
  // A page from elsewhere can give its own name our address; it cannot give its requests our name.
  if (host !== undefined && !isOurs(request.headers.host, host)) return refuse(response, 421, 'unknown host')
  // What is left of a body is never read, so the connection ends with its answer.
  if (hasBody(request)) response.setHeader('Connection', 'close')
  const target = request.url ?? ''
  const url = target.startsWith('/') ? URL.parse(`http://coldaisle${target}`) : null
  if (url === null) return refuse(response, 400, 'bad path')
  const route = routeOf(routes, url.pathname)
  if (route === undefined) return answerText(response, 404, whatThereIs(routes, url.pathname))
  const methods = ['GET', 'HEAD', ...(route.orders ?? [])]
  if (!methods.includes(request.method ?? '')) {
    response.setHeader('Allow', methods.join(', '))
    return answerText(response, 405, `only ${methods.join(', ')}`)
  }
  if (hasBody(request) && !isOrder(request)) return answerText(response, 413, 'no question here has a body')
  const visitor = door.visitorOf(request)
  if (!hasRight(visitor, route.right ?? 'viewer')) {
    if (isOrder(request)) route.onTurnedAway?.(request, visitor, 'has no right to it')
    return turnAway(url, visitor, response)
  }
  if (isOrder(request)) {
    const forged = forgeryFault(request, visitor, originsOf(house, request))
    if (forged !== undefined) {
      route.onTurnedAway?.(request, visitor, forged)
      return refuse(response, 403, forged)
    }
  }
  await route.answer(request, response, url, visitor)
  if (!response.writableEnded) endWithRight(door, visitor, request, response)
}

/** Ends an answer that goes on, such as a stream, when its visitor is not who it was, or may do something else. */
function endWithRight(door: Door, { name, right }: Visitor, request: IncomingMessage, response: ServerResponse): void {
  const watch = setInterval(() => {
    const now = door.visitorOf(request)
    if (now.name !== name || now.right !== right) response.end()
  }, RIGHT_MS)
  response.once('close', () => clearInterval(watch))
}

function isOrder({ method }: IncomingMessage): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

/** What people open: they are shown where to log in. */
const PAGES = ['/', '/wall', '/reports']

/** People are shown where to log in, programs are told. */
function turnAway({ pathname }: URL, { name }: Visitor, response: ServerResponse): void {
  if (PAGES.includes(pathname)) {
    response.writeHead(303, { Location: '/login' }).end()
    return
  }
  if (name !== '') return refuse(response, 403, `${name} may not do that`)
  response.setHeader('WWW-Authenticate', 'Bearer')
  refuse(response, 401, 'log in, or send a token: Authorization: Bearer …')
}

/** What pages of ours say where they are from, to a client that knows us by this name. */
function originsOf({ trustsProxy, isSecure }: House, { headers }: IncomingMessage): string[] {
  const outside = trustsProxy ? headers['x-forwarded-host'] : undefined
  const names = [headers.host, outside].filter((name) => typeof name === 'string')
  const schemes = trustsProxy ? ['https', 'http'] : [isSecure ? 'https' : 'http']
  return names.flatMap((name) => schemes.map((scheme) => `${scheme}://${name}`))
}

function routeOf(routes: readonly HttpRoute[], path: string): HttpRoute | undefined {
  const fits = routes.filter((route) =>
    route.path.endsWith('/*') ? path.startsWith(route.path.slice(0, -1)) : path === route.path,
  )
  return fits.toSorted((a, b) => b.path.length - a.path.length)[0]
}

/** For whoever mistyped a path of the API; what they typed is not said back. */
function whatThereIs(routes: readonly HttpRoute[], path: string): string {
  if (!path.startsWith('/api')) return `not found: the page is at /, and ${OPENAPI} describes the API`
  const paths = routes.map((route) => route.path).filter((it) => it.startsWith('/api/v1/'))
  return `not found: there is ${paths.toSorted().join(', ')}; ${OPENAPI} describes them`
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

function openTooWide(listen: string): string {
  return (
    `http.listen: ${listen} would show the page to every machine that reaches this one. Listen on 127.0.0.1, ` +
    'give it certFile, keyFile and accountsFile, or put a proxy before it and say so with http.trustedProxy: true'
  )
}
