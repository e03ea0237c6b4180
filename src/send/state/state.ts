import { announcements } from '../../rows/figures/home-assistant.ts'
import type { Figures } from '../../rows/figures/figures.ts'
import { stateTopics } from '../../rows/figures/state-topics.ts'
import type { Config } from '../../config/config.ts'
import type { Link } from '../../mqtt/source.ts'

/** Publishes what a site is, for others to show. */
interface StateSender {
  /** Publishes all state topics; after a new connection, and where names have changed, the announcements first. */
  tell(): Promise<void>
  /** There is another connection: what the broker retains may be another broker's. */
  forget(): void
}

interface StateOptions {
  link: Pick<Link, 'publish'>
  /** The present configuration: a reload changes its names. */
  config: () => Config
  figures: () => Figures
  /** Topics with a retained message of ours, from earlier runs. Those that are none any more are emptied. */
  retained: readonly string[]
  /** Keeps the list for later runs, before the first message leaves. Rejects where it cannot. */
  keep: (topics: readonly string[]) => Promise<void>
}

/** After so many periods without news a message expires. */
const PERIODS = 3

/**
 * A retained message outlives who published it. So it says until when it holds: brokers of MQTT 5 drop it then, and
 * Home Assistant calls its sensor unavailable. What is not known is published as null, not left standing.
 */
export function createStateSender({ link, config, figures, retained, keep }: StateOptions): StateSender {
  let known = new Set(retained)
  const announced = new Map<string, string>()
  const follow = async (present: ReadonlySet<string>): Promise<void> => {
    const gone = [...known].filter((topic) => !present.has(topic))
    if (gone.length === 0 && present.size === known.size) return
    await keep([...new Set([...known, ...present])])
    for (const topic of gone) await link.publish(topic, '', { retain: true, qos: 1 })
    for (const topic of gone) announced.delete(topic)
    await keep([...present])
    known = new Set(present)
  }
  return {
    async tell() {
      const { publish, site } = config()
      const topics = publish === undefined ? [] : stateTopics(config())
      const expireS = PERIODS * (publish?.everyS ?? 0)
      const prefix = publish?.homeAssistant
      const messages =
        prefix === undefined ? new Map<string, string>() : announcements(topics, { site: site.id, prefix, expireS })
      await follow(new Set([...topics.map(({ topic }) => topic), ...messages.keys()]))
      for (const [topic, payload] of messages) {
        if (announced.get(topic) === payload) continue
        await link.publish(topic, payload, { retain: true, qos: 1 })
        announced.set(topic, payload)
      }
      const now = figures()
      for (const { topic, tell } of topics) {
        await link.publish(topic, JSON.stringify(tell(now)), { retain: true, qos: 0, expireS })
      }
    },
    forget: () => announced.clear(),
  }
}
