import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '../../store/durable.ts'
import type { DayPage } from './page.ts'

/** Writes a day's page into the folder of reports, as a whole or not at all. Throws Error. */
export async function writePage(folder: string, page: DayPage): Promise<void> {
  await writeDurably(fileOf(folder, page.site, page.day), `${JSON.stringify(page)}\n`, 0o640)
}

/** The page of a day; undefined: it was never written. Throws Error for a file that is no page. */
export async function readPage(folder: string, site: string, day: string): Promise<DayPage | undefined> {
  const file = fileOf(folder, site, day)
  try {
    const page = JSON.parse(await readFile(file, 'utf8')) as DayPage
    if (page.form === 1 && page.day === day) return page
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(`${file} cannot be read: put the file of a backup in its place, or remove it`, { cause: error })
  }
  throw new Error(`${file} is no page of ${day}: another release has written it`)
}

/** The oldest day of a site that has a page; undefined: none has. */
export async function oldestPage(folder: string, site: string): Promise<string | undefined> {
  const names = await readdir(join(folder, 'days')).catch(() => [])
  const days = names
    .filter((name) => name.startsWith(`${site}-`))
    .map((name) => name.slice(site.length + 1, -'.json'.length))
  return days.filter((day) => /^\d{4}-\d\d-\d\d$/.test(day)).toSorted()[0]
}

/**
 * A page written anew, with what an older one of the day knew besides: the configuration in force, and counts. The
 * journal may hold no packets of that day any more.
 */
export function withCountsOf(page: DayPage, older: DayPage | undefined): DayPage {
  if (older === undefined) return page
  const meters = page.meters.map((meter) => {
    const { first, last } = older.meters.find(({ point }) => point === meter.point) ?? {}
    return { ...(first !== undefined && { first }), ...(last !== undefined && { last }), ...meter }
  })
  return { ...page, configuration: older.configuration, meters }
}

function fileOf(folder: string, site: string, day: string): string {
  return join(folder, 'days', `${site}-${day}.json`)
}
