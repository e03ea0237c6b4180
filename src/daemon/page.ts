import type { Intake } from '../fold/intake.ts'
import { unready } from '../health/health.ts'
import { cleanError } from '../health/secrets.ts'
import { apiRoutes } from '../http/api.ts'
import { assetRoutes } from '../http/assets.ts'
import { createFeed } from '../http/feed.ts'
import { openHttp } from '../http/server.ts'
import type { DaemonParts } from './parts.ts'

/** The page and its rows as they are committed; with them, how far behind and how well we are. */
export async function openPage(
  { config, store, health, states, clock, open, wakes }: DaemonParts,
  intake: Intake,
): Promise<{ port: number; restart(): void }> {
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
  const behind = () => intake.behind()
  const routes = [...assetRoutes(), ...apiRoutes({ site, core, behind, store, feed, clock })]
  open.defer(() => feed.close())
  const http = open.adopt(await openHttp({ listen, trustedProxy, health, onError, routes }), (it) => it.close())
  // Readers end before the server, which would wait for them.
  open.defer(() => feed.close())
  wakes.push((blocks) => feed.push(blocks))
  return { port: http.port, restart: () => feed.restart() }
}
