import type { PublicBoundary, PublicFacts } from './facts.ts'
import { PUBLIC_WORDS } from './words.ts'

/** A file of the public page, whole. */
export interface PublicDocument {
  readonly type: string
  readonly text: string
}

const HTML = 'text/html; charset=utf-8'
const SVG = 'image/svg+xml'
const LOCALES = { en: 'en-GB', fr: 'fr-FR' }

/** All files of the public page by name, without a script: a folder of them is the page. */
export function publicDocuments(facts: PublicFacts): Map<string, PublicDocument> {
  return new Map([
    ['index.html', { type: HTML, text: pageOf(facts, facts.boundaries.map((it) => boundaryOf(facts, it)).join('')) }],
    ['embed.html', { type: HTML, text: pageOf(facts, facts.boundaries.map((it) => numberOf(facts, it)).join('')) }],
    ['badge.svg', { type: SVG, text: badgeOf(facts) }],
    ['pue.json', { type: 'application/json; charset=utf-8', text: `${JSON.stringify(facts, null, 2)}\n` }],
    ['public.css', { type: 'text/css; charset=utf-8', text: STYLE }],
  ])
}

function pageOf({ title, language }: PublicFacts, body: string): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="300">
<title>${escaped(title)} – PUE</title>
<link rel="stylesheet" href="public.css">
</head>
<body>
<h1>${escaped(title)}</h1>
${body}</body>
</html>
`
}

/** The number of the longest window that has one, with its quality. */
function numberOf(facts: PublicFacts, { label, windows }: PublicBoundary): string {
  const { language, asOfMs, timezone } = facts
  const words = PUBLIC_WORDS[language]
  const told = windows.findLast(({ pue }) => pue !== null)
  const at = new Intl.DateTimeFormat(LOCALES[language], {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: timezone,
  }).format(asOfMs)
  const quality =
    told === undefined
      ? ''
      : ` <span>± ${figure(told.uncertainty, facts)} · ${words.window} ${told.window} · ` +
        `${share(told.coverage, language)} ${words.coverage}</span>`
  return `<section>
<h2>${escaped(label)}</h2>
<p class="pue">${escaped(told?.name ?? 'PUE')} <strong>${figure(told?.pue ?? null, facts)}</strong>${quality}</p>
<p class="muted">${filled(words.now, at)}</p>
</section>
`
}

function boundaryOf(facts: PublicFacts, boundary: PublicBoundary): string {
  const { language, delayMin } = facts
  const words = PUBLIC_WORDS[language]
  const withPower = boundary.windows.some(({ facilityKw }) => facilityKw !== undefined)
  const rows = boundary.windows.map(({ window, pue, uncertainty, coverage, state, facilityKw, itKw }) => {
    const cells = [
      `<th scope="row">${window}</th>`,
      `<td>${figure(pue, facts)}</td>`,
      `<td>${figure(uncertainty, facts, '–')}</td>`,
      `<td>${share(coverage, language)}</td>`,
      `<td>${words.states[state] ?? escaped(state)}</td>`,
      ...(withPower ? [facilityKw, itKw].map((kw) => `<td>${kw ?? '–'} kW</td>`) : []),
    ]
    return `<tr>${cells.join('')}</tr>`
  })
  const heads = [
    words.window,
    'PUE',
    '±',
    words.coverage,
    words.state,
    ...(withPower ? [words.facility, words.it] : []),
  ]
  const method = [words.formula, words.categories[boundary.category - 1] ?? '', words.uncertainty]
  return `${numberOf(facts, boundary)}<section>
<table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${rows.join('')}</tbody></table>
${chartOf(facts, boundary)}<h2>${words.method}</h2>
<p>${method.join(' ')} ${filled(words.delayed, String(delayMin))}</p>
</section>
`
}

/** Days as a line; where a day has no PUE the line is broken. */
function chartOf(facts: PublicFacts, { days }: PublicBoundary): string {
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined || days.length < 2) return ''
  const pues = days.map(({ pue }) => pue)
  const [low, high] = [Math.min(...pues) - 0.02, Math.max(...pues) + 0.02]
  const x = (tMs: number) => Math.round(((tMs - first.endMs) / (last.endMs - first.endMs)) * 5600) / 10 + 60
  const y = (pue: number) => Math.round(((high - pue) / (high - low)) * 1600) / 10 + 10
  const parts = days.map(({ endMs, pue }, n) => {
    const isNext = endMs - (days[n - 1]?.endMs ?? -Infinity) < 36 * 3_600_000
    return `${isNext ? 'L' : 'M'}${x(endMs)} ${y(pue)}`
  })
  const labels = [low, high].map((at) => `<text x="4" y="${y(at) + 4}">${figure(at, facts)}</text>`)
  const title = filled(PUBLIC_WORDS[facts.language].days, String(days.length))
  return `<figure><figcaption>${title}</figcaption>
<svg viewBox="0 0 630 180" role="img" aria-label="${title}"><path d="${parts.join('')}"/>${labels.join('')}</svg></figure>
`
}

function badgeOf(facts: PublicFacts): string {
  const told = facts.boundaries[0]?.windows.findLast(({ pue }) => pue !== null)
  const text = figure(told?.pue ?? null, facts)
  const name = told === undefined ? 'PUE' : `${told.name} ${told.window}`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="150" height="20" role="img" aria-label="${name}: ${text}">
<rect width="82" height="20" fill="#3c474f"/><rect x="82" width="68" height="20" fill="#2e6d5f"/>
<g fill="#fff" font-family="sans-serif" font-size="11" text-anchor="middle"><text x="41" y="14">${name}</text>
<text x="116" y="14">${text}</text></g></svg>
`
}

/** A PUE in as many decimals as the configuration gives. */
function figure(
  number: number | null,
  { language, digits }: PublicFacts,
  unknown = PUBLIC_WORDS[language].unknown,
): string {
  if (number === null) return unknown
  const decimals = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  return number.toLocaleString(LOCALES[language], decimals)
}

function share(number: number | null, language: string): string {
  return number === null ? '–' : `${Math.floor(number * 100)}${language === 'fr' ? '\u202f' : ' '}%`
}

function filled(pattern: string, text: string): string {
  return pattern.replace('{}', text)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

const STYLE = `:root { color-scheme: light dark; font: 1rem/1.45 system-ui, sans-serif; }
body { max-width: 44rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; }
.pue strong { font-size: 3.6rem; line-height: 1; } .pue span { display: block; }
.muted { opacity: 0.75; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.5rem 0.3rem 0; text-align: left; border-bottom: 1px solid color-mix(in srgb, currentcolor 25%, transparent); }
figure { margin: 1.4rem 0; } svg { width: 100%; }
svg path { fill: none; stroke: currentcolor; stroke-width: 2; } svg text { fill: currentcolor; font-size: 12px; }
`
