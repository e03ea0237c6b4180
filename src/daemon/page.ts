import type { Core } from '../core/state.ts'
import type { Intake } from '../fold/intake.ts'
import { unready } from '../health/health.ts'
import { programVersion } from '../config/files/program-version.ts'
import { cleanError } from '../health/secrets.ts'
import { apiRoutes } from '../http/api.ts'
import { assetRoutes } from '../http/assets.ts'
import { createFeed, type Feed } from '../http/feed.ts'
import { reportRoutes } from '../http/reports.ts'
import { asyncApiOf } from '../http/documents/asyncapi.ts'
import { publicDocuments, type PublicDocument } from '../http/public/documents.ts'
import { publicFacts } from '../http/public/facts.ts'
import { openPublic } from '../http/public/listener.ts'
import { documentRoute, openHttp, type HttpServer } from '../http/server.ts'
import type { Figures } from '../rows/figures/figures.ts'
import { createInletChanges } from '../rows/figures/inlets.ts'
import type { KnownAccounts } from './accounts.ts'
import { openEntrance } from './entrance.ts'
import type { Site } from '../site/site.ts'
import { checkCertificates } from './tasks.ts'
import type { DaemonParts } from './parts.ts'

/** How often the files of the page's certificate are looked at. */
const RENEW_MS = 60_000
/** How often those who watch inlets are told what changed. */
const INLETS_MS = 1_000
/** How often the public page is made anew; a visitor asks for what is there. */
const MAKE_MS = 60_000

/** The page and its rows as they are committed; with them, how far behind and how well we are. */
export async function openPage(
  daemon: DaemonParts,
  intake: Intake,
  accounts: KnownAccounts,
  figures: () => Figures,
): Promise<{ port: number; restart(): void }> {
  const { config, store, health, states, clock, open, wakes } = daemon
  const feed = createFeed({
    book: intake.book,
    pulse: () => ({
      nowMs: clock(),
      ...(Number.isFinite(health.newestMs) ? { newestMs: health.newestMs } : {}),
      connected: health.connected,
      reasons: unready(health),
    }),
    onCut: ({ cut }) => states.tell('page', 'a reader was too slow', { cut }, 'warn'),
  })
  const { listen, trustedProxy } = config.http
  const onError = (error: unknown) => states.tell('page', 'failed', { reason: cleanError(error) }, 'error')
  const site = () => intake.pipeline().site
  const core = async () => {
    await intake.whole()
    return intake.pipeline().core
  }
  const entrance = openEntrance(daemon, intake, accounts)
  const routes = [
    ...assetRoutes(),
    ...apiRoutes({ site, core, behind: () => intake.behind(), store, feed, clock }),
    ...reportRoutes(site),
    documentRoute('/api/asyncapi.json', () => asyncApiOf(site().config, programVersion())),
    ...entrance.routes,
  ]
  open.defer(() => feed.close())
  tellInlets(feed, { site, core, behind: () => intake.behind(), onError }, open)
  const http = open.adopt(
    await openHttp({
      listen,
      trustedProxy,
      health,
      onError,
      routes,
      figures,
      ...(entrance.door === undefined ? {} : { door: entrance.door }),
      ...tlsOf(config),
    }),
    (it) => it.close(),
  )
  const renew = () => renewCertificate(http, daemon)
  const renewing = setInterval(renew, RENEW_MS)
  open.defer(() => clearInterval(renewing))
  // Readers end before the server, which would wait for them.
  open.defer(() => feed.close())
  wakes.push((blocks) => feed.push(blocks))
  const restart = () => {
    renew()
    feed.restart()
  }
  return { port: http.port, restart }
}

function tlsOf({ http: { certFile, keyFile, caFile } }: DaemonParts['config']) {
  if (certFile === undefined || keyFile === undefined) return {}
  return { tls: { section: 'http' as const, certFile, keyFile, ...(caFile === undefined ? {} : { caFile }) } }
}

/** With `http.publicPage`: opens its listener and keeps its documents as new as its delay allows. */
export async function openPublicPage(
  { config, store, states, clock, open }: DaemonParts,
  intake: Intake,
): Promise<void> {
  const { publicPage } = config.http
  if (publicPage === undefined) return
  let documents: ReadonlyMap<string, PublicDocument> = new Map()
  const make = async (): Promise<void> => {
    try {
      documents = publicDocuments(await publicFacts(intake.pipeline().site.config, publicPage, store, clock()))
      states.tell('public page', 'made')
    } catch (error) {
      states.tell('public page', 'not made anew', { reason: cleanError(error) }, 'warn')
    }
  }
  await make()
  const making = setInterval(() => void make(), MAKE_MS)
  open.defer(() => clearInterval(making))
  open.adopt(await openPublic(publicPage.listen, () => documents), (it) => it.close())
}

interface Told {
  site: () => Site
  core: () => Promise<Core>
  behind: () => number
  onError: (error: unknown) => void
}

/** Tells those who watch inlets what changed, while the core is not behind its journal. */
function tellInlets(feed: Feed, { site, core, behind, onError }: Told, open: AsyncDisposableStack): void {
  const changes = createInletChanges()
  const tell = async (): Promise<void> => {
    if (feed.counts.readers === 0 || behind() > 0) return
    const changed = changes(site(), await core())
    if (changed.length > 0) feed.tell('inlets', changed)
  }
  const telling = setInterval(() => void tell().catch(onError), INLETS_MS)
  open.defer(() => clearInterval(telling))
}

/** A certificate that cannot be used leaves the one before it in its place. */
function renewCertificate(http: HttpServer, { config, health, states, clock }: DaemonParts): void {
  const name = 'certificate files of the page'
  try {
    if (!http.renew(clock())) return
    states.tell(name, 'used')
    checkCertificates(config, health, states, clock()).catch((error: unknown) =>
      states.tell(name, 'not understood', { reason: cleanError(error) }, 'error'),
    )
  } catch (error) {
    states.tell(name, 'not used, those before them stay', { reason: cleanError(error) }, 'error')
  }
}
