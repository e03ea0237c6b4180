import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Right } from './accounts/door.ts'
import { answerText, type HttpRoute } from './server.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The live page by what it is looked at on. */
const PAGES = ['/', '/wall']

/**
 * The live page at `/` and `/wall`, the one to log in at `/login`, and what they load at `/page/NAME`: their files and
 * the chart package. All are read once.
 */
export function assetRoutes(): HttpRoute[] {
  const folder = fileURLToPath(new URL('./page/', import.meta.url))
  const files = new Map([
    ...readdirSync(folder).map((name): [string, string] => [name, join(folder, name)]),
    ['uplot.js', fileURLToPath(import.meta.resolve('uplot/dist/uPlot.esm.js'))],
    ['uplot.css', fileURLToPath(import.meta.resolve('uplot/dist/uPlot.min.css'))],
  ])
  const assets = new Map<string, { type: string; bytes: Buffer }>()
  for (const [name, file] of files) {
    const type = TYPES[extname(name)]
    if (type !== undefined) assets.set(name, { type, bytes: readFileSync(file) })
  }
  const route = (path: string, right: Right, nameOf: (url: URL) => string): HttpRoute => ({
    path,
    right,
    answer(_request, response, url) {
      const asset = assets.get(nameOf(url))
      if (asset === undefined) return answerText(response, 404, 'not found')
      response.writeHead(200, { 'Content-Type': asset.type, 'Content-Length': asset.bytes.length }).end(asset.bytes)
    },
  })
  return [
    ...PAGES.map((path) => route(path, 'viewer', () => 'index.html')),
    route('/login', 'anyone', () => 'login.html'),
    route('/page/*', 'anyone', (url) => url.pathname.slice('/page/'.length)),
  ]
}
