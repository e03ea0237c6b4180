/** A server on loopback that answers as it is told, for the answers that a real InfluxDB gives only when it is ill. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'

/** One answer; `cut`: the connection ends inside the body; `stall`: the body never ends; `silent`: no answer at all. */
export interface ScriptedAnswer {
  status: number
  body?: string
  headers?: Record<string, string>
  fault?: 'cut' | 'stall' | 'silent'
}

export interface ScriptedRequest {
  method: string
  path: string
  query: URLSearchParams
  authorization: string | undefined
  lines: string[]
  /** The name in the certificate that the client has shown. */
  client: string | undefined
}

export interface ScriptedServer extends AsyncDisposable {
  url: string
  /** All it was asked, in order. */
  requests: ScriptedRequest[]
}

/** Starts it, with `tls` on https; `answer` sees each request whole and how many came before it. */
export async function startScript(
  answer: (request: ScriptedRequest, before: number) => ScriptedAnswer | Promise<ScriptedAnswer>,
  tls?: ServerOptions,
): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = []
  const listen = (incoming: IncomingMessage, response: ServerResponse): void => {
    let body = ''
    incoming.setEncoding('utf8')
    incoming.on('data', (part: string) => (body += part))
    incoming.on('end', () => {
      const request = requestOf(incoming, body)
      requests.push(request)
      void Promise.resolve(answer(request, requests.length - 1)).then((told) => play(told, response))
    })
  }
  const server = tls === undefined ? createServer(listen) : createSecureServer(tls, listen)
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeAllConnections()
      await closed.promise
    },
  }
}

function requestOf({ method = '', url = '', headers, socket }: IncomingMessage, body: string): ScriptedRequest {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
  const lines = body === '' ? [] : body.split('\n')
  const name = socket instanceof TLSSocket ? String(socket.getPeerCertificate().subject?.CN) : undefined
  return { method, path: pathname, query: searchParams, authorization: headers.authorization, lines, client: name }
}

function play({ status, body = '', headers = {}, fault }: ScriptedAnswer, response: ServerResponse): void {
  if (fault === 'silent') return
  if (fault === undefined) {
    response.writeHead(status, headers).end(body)
    return
  }
  response.writeHead(status, { ...headers, 'content-length': '1000' })
  response.write(body === '' ? '{' : body)
  if (fault === 'cut') setTimeout(() => response.destroy(), 20)
}
