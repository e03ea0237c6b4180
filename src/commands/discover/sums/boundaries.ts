import { balancesOf, type Balance, type Balances } from './balance.ts'
import type { PointDraft, PointRole } from '../draft.ts'
import type { Served } from '../known/dsx.ts'
import { boundariesServed } from './served.ts'
import { sumW, type MeterFound } from './meters.ts'
import { isSparkplug } from '../../../ingest/sparkplug/topics.ts'

/** A PUE that may be written: only evidence lets it count, otherwise it asks. */
export interface BoundaryDraft {
  readonly name: string
  readonly facility: readonly PointDraft[]
  readonly it: readonly PointDraft[]
  readonly category: 1 | 2 | 3
  readonly why: readonly string[]
  readonly questions: readonly string[]
}

/**
 * Boundaries by what is evidence: who serves whom, roles that devices announce, sums that balance. What names alone
 * suggest is a question. A wrong boundary gives a wrong PUE; one that is missing gives none.
 */
export function boundariesOf(meters: readonly MeterFound[], served: Served, id: string): BoundaryDraft[] {
  const told = boundariesServed(meters, served, id)
  const others = meters.filter(({ lead }) => !told.covered.has(lead))
  if (others.length === 0) return [...told.boundaries]
  return [...told.boundaries, ...(byRoles(others, id) ?? [bySums(others, id)])]
}

/** Roles that devices announce, within one group of theirs; undefined where not all announce one. */
function byRoles(meters: readonly MeterFound[], id: string): BoundaryDraft[] | undefined {
  if (!meters.every(({ role }) => role?.trust === 'announced')) return undefined
  const groups = [...Map.groupBy(meters, groupOf)]
  return groups.map(([group, members]) => {
    const of = (...roles: PointRole[]): MeterFound[] =>
      members.filter(({ role }) => role !== undefined && roles.includes(role.is))
    const facility = of('facility')
    const named = of('it')
    const it = named.length > 0 ? named : of('distribution')
    const questions = [
      ...(facility.length === 1
        ? []
        : [`which meters make up the whole? ${facility.length} announce the role facility`]),
      ...(it.length > 0 ? [] : ['which meters are of IT? None announces it']),
      ...(of('generation').length > 0 ? ['how does what is generated count? A meter announces generation'] : []),
      ...oddSums(facility, it),
    ]
    return {
      name: groups.length === 1 ? id : group,
      facility: facility.map(({ lead }) => lead),
      it: it.map(({ lead }) => lead),
      category: named.length > 0 ? 1 : 2,
      why: [
        `announced: roles of all ${members.length} meters of ${group}, a claim of theirs; guess: category, where IT is measured`,
      ],
      questions,
    }
  })
}

/** What speaks against a boundary in the numbers themselves. */
function oddSums(facility: readonly MeterFound[], it: readonly MeterFound[]): string[] {
  const inner = balancesOf(it).found
  const nested = inner.map(({ parent }) => `is ${parent.lead.wish} the sum of other IT meters? Then they count twice`)
  const [wholeW, itW] = [sumW(facility), sumW(it)]
  return itW > wholeW
    ? [...nested, `why is IT more than the whole? ${Math.round(itW)} W of ${Math.round(wholeW)} W`]
    : nested
}

/** Devices of one site: the group of Sparkplug nodes, else the first level of topics. */
function groupOf({ lead }: MeterFound): string {
  const levels = lead.topic.split('/')
  return (isSparkplug(lead.topic) ? levels[1] : levels.find((level) => level !== '')) ?? ''
}

/** One meter that is named as the whole and is the sum of all others, in steps, while each of these has a role. */
function bySums(meters: readonly MeterFound[], id: string): BoundaryDraft {
  const balances = balancesOf(meters)
  const parentOf = new Map(
    balances.found.flatMap(({ parent, children }) => children.map((child) => [child, parent] as const)),
  )
  const roots = meters.filter((it) => !parentOf.has(it) && !balances.small.includes(it))
  const [root] = roots
  const balance = balances.found.find(({ parent }) => parent === root)
  const doubts = [
    ...generationIn(meters),
    ...smallIt(balances),
    ...(balances.unclear.length > 0
      ? [
          `where do these belong: ${namesIn(balances.unclear)}? What was heard of them leaves it open: --for 600 tells more`,
        ]
      : []),
  ]
  if (root === undefined || roots.length !== 1 || balance === undefined || root.role?.is !== 'facility') {
    return proposal(meters, id, [...doubts, openQuestion(roots, balances)])
  }
  const it: MeterFound[] = []
  doubts.push(...classify(root, balances, it))
  if (it.length === 0 && doubts.length === 0) doubts.push('which of these meters are of IT? None is named so')
  if (doubts.length === 0) {
    for (const [child, { lead }] of parentOf) {
      for (const draft of child.drafts) draft.parent = { is: lead, trust: 'evidence', why: 'sums balance' }
    }
  }
  return {
    name: id,
    facility: [root.lead],
    it: it.map(({ lead }) => lead),
    category: it.every(({ role }) => role?.is === 'distribution') ? 2 : 1,
    why: [...balances.found.map(sumText), `guess: what is IT, by names; category, where IT is measured`],
    questions: doubts,
  }
}

function sumText({ parent, children, off }: Balance): string {
  return `evidence: ${parent.lead.wish} = ${namesIn(children)}, within ${(off * 100).toFixed(1)} % in each part of the time`
}

/** Puts what is IT below a meter into `it`; gives what cannot be told. */
function classify(above: MeterFound, { found }: Balances, it: MeterFound[]): string[] {
  const children = found.find(({ parent }) => parent === above)?.children ?? []
  return children.flatMap((child) => {
    const isSum = found.some(({ parent }) => parent === child)
    const role = child.role?.is
    switch (role) {
      case 'it':
      case 'distribution':
        it.push(child)
        return []
      case 'cooling':
      case 'other':
        return hiddenIt(child, found)
      case 'ups':
        return isSum
          ? classify(child, { found, unclear: [], small: [] }, it)
          : [`is ${child.lead.wish} the input or the output of the UPS? IT is behind its output`]
      case undefined:
        return isSum
          ? classify(child, { found, unclear: [], small: [] }, it)
          : [`what does ${child.lead.wish} feed: IT, cooling, something else?`]
      case 'facility':
      case 'generation':
      case 'inlet':
      case 'outlet':
      case 'outdoor':
        return [`what does ${child.lead.wish} feed? Its name says ${role}`]
    }
  })
}

/** IT below a meter of cooling, or of something else, is a contradiction of names. */
function hiddenIt(above: MeterFound, found: readonly Balance[]): string[] {
  const children = found.find(({ parent }) => parent === above)?.children ?? []
  return children.flatMap((child) =>
    child.role?.is === 'it' || child.role?.is === 'distribution'
      ? [`is ${child.lead.wish} IT, though ${above.lead.wish} feeds it?`]
      : hiddenIt(child, found),
  )
}

function generationIn(meters: readonly MeterFound[]): string[] {
  const found = meters.filter(({ role }) => role?.is === 'generation')
  return found.length === 0
    ? []
    : [`how do ${namesIn(found)} count? What is generated, stored or exported changes the sum`]
}

function smallIt({ small }: Balances): string[] {
  const unknown = small.filter(({ role }) => role === undefined || role.is === 'it' || role.is === 'distribution')
  return unknown.length === 0 ? [] : [`where do ${namesIn(unknown)} belong? They are too small for sums to tell`]
}

function openQuestion(roots: readonly MeterFound[], { found }: Balances): string {
  const balanced = found.length === 0 ? 'No meter was the sum of others' : `${found.length} sums of meters balance`
  if (roots.length > 1)
    return `which meters make up the whole, and which are of IT? ${balanced}, and ${roots.length} meters are in none`
  return `which meter is the whole, and which are of IT? ${balanced}`
}

/** What names suggest, for a person to judge. */
function proposal(meters: readonly MeterFound[], id: string, questions: readonly string[]): BoundaryDraft {
  const of = (...roles: PointRole[]): PointDraft[] =>
    meters.flatMap(({ role, lead }) => (role !== undefined && roles.includes(role.is) ? [lead] : []))
  const it = of('it')
  return {
    name: id,
    facility: of('facility').slice(0, MOST_NAMED),
    it: ([it, of('distribution'), of('ups')].find((all) => all.length > 0) ?? []).slice(0, MOST_NAMED),
    category: 1,
    why: [],
    questions,
  }
}

const MOST_NAMED = 50

function namesIn(meters: readonly MeterFound[]): string {
  const more = meters.length > 6 ? ` and ${meters.length - 6} more` : ''
  return `${meters
    .slice(0, 6)
    .map(({ lead }) => lead.wish)
    .join(' + ')}${more}`
}
