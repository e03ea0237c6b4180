import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, join } from 'node:path'
import { reportFolder } from '../reports/days/kept.ts'
import { packFolder } from '../reports/scheduled/make.ts'
import { keptFile, keptReports, keptRevision, keptTables } from '../reports/scheduled/list.ts'
import { listingHtml } from '../reports/render/listing.ts'
import { LANGUAGES, type ReportLanguage } from '../reports/render/words.ts'
import type { Site } from '../site/site.ts'
import { answerText, type HttpRoute } from './server.ts'

/** A page that was rendered here: its style stands in it, and nothing in it runs or is fetched. */
const RENDERED =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
}
const RENDERING = /^report\.(?:(?:en|fr|de)\.html|json|csv)$/

/**
 * What is reported, for people:
 *
 * ```
 * /reports                          the list, in the language of the browser or of ?language=
 * /reports/CHAIN/rN/report.en.html  a rendering of a revision; report.json and report.csv likewise
 * /reports/CHAIN/rN.zip             its evidence pack
 * /reports/NAME.csv                 a daily or monthly table
 * ```
 */
export function reportRoutes(site: () => Site): HttpRoute[] {
  return [
    {
      path: '/reports',
      answer: async (request, response, url) => {
        const { config } = site()
        const { id, timezone } = config.site
        const language = languageOf(request, url)
        const [reports, names] = await Promise.all([keptReports(packFolder(site())), keptTables(reportFolder(config))])
        answerPage(response, listingHtml({ site: id, timezone, reports, tables: names }, language))
      },
    },
    {
      path: '/reports/*',
      answer: async (_request, response, url) => {
        const [first = '', second = '', third] = url.pathname.slice('/reports/'.length).split('/')
        if (second === '') return await answerTable(response, reportFolder(site().config), first)
        const path = keptRevision(packFolder(site()), first, revisionOf(second))
        if (path === undefined) return answerText(response, 404, 'there is no such report: /reports lists them')
        if (third === undefined) return await answerPack(response, path, `${first}-${second}`)
        await answerRendering(response, path, third)
      },
    },
  ]
}

/** Of `r0` and `r0.zip`; no number: NaN, of which there is none. */
function revisionOf(name: string): number {
  const [, digits] = /^r(\d{1,6})(?:\.zip)?$/.exec(name) ?? []
  return Number(digits)
}

async function answerRendering(response: ServerResponse, path: string, name: string): Promise<void> {
  const content = RENDERING.test(name) ? await keptFile(path, name) : undefined
  if (content === undefined) return answerText(response, 404, 'a pack has report.en.html, .fr, .de, report.json, .csv')
  const type = TYPES[name.split('.').at(-1) ?? ''] ?? ''
  if (name.endsWith('.html')) response.setHeader('Content-Security-Policy', RENDERED)
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': content.length }).end(content)
}

/** A pack that lies as a folder is taken from there, by who has an account on the machine. */
async function answerPack(response: ServerResponse, path: string, name: string): Promise<void> {
  if (!path.endsWith('.zip') || !name.endsWith('.zip')) {
    return answerText(response, 404, 'this revision is a folder on the machine, not one file')
  }
  answerFile(response, await readFile(path), { name, type: 'application/zip' })
}

async function answerTable(response: ServerResponse, folder: string, name: string): Promise<void> {
  if (!(await keptTables(folder)).includes(name)) return answerText(response, 404, 'there is no such table')
  answerFile(response, await readFile(join(folder, basename(name))), { name, type: TYPES['csv'] ?? '' })
}

function answerFile(response: ServerResponse, content: Buffer, { name, type }: { name: string; type: string }): void {
  const disposition = `attachment; filename="${name}"`
  response
    .writeHead(200, { 'Content-Type': type, 'Content-Length': content.length, 'Content-Disposition': disposition })
    .end(content)
}

function answerPage(response: ServerResponse, html: string): void {
  response.setHeader('Content-Security-Policy', RENDERED)
  response.writeHead(200, { 'Content-Type': TYPES['html'] }).end(html)
}

/** What the address asks for, else the first language of the browser that we have. */
function languageOf({ headers }: IncomingMessage, url: URL): ReportLanguage {
  const asked = [url.searchParams.get('language') ?? '', ...(headers['accept-language'] ?? '').split(',')]
  const wanted = asked.map((it) => it.trim().slice(0, 2).toLowerCase())
  return LANGUAGES.find((it) => it === wanted.find((each) => LANGUAGES.some((has) => has === each))) ?? 'en'
}
