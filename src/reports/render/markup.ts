/** A cell of a table: text, or a number that stands to the right. */
export type Cell = string | { readonly right: string } | { readonly small: string } | { readonly html: string }

/** A row of a table, or a heading of those below it. */
type TableRow = readonly Cell[] | { readonly heading: string }

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** A text within HTML or SVG. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign)
}

/** A section with its heading; empty where there is nothing to show. */
export function section(heading: string, body: string): string {
  return body === '' ? '' : `<section><h2>${escaped(heading)}</h2>\n${body}</section>\n`
}

/** A table; empty without rows. Heads of columns of numbers stand to the right as these do. */
export function htmlTable(heads: readonly string[], rows: readonly TableRow[]): string {
  const first = rows.find((row) => !('heading' in row))
  if (first === undefined || 'heading' in first) return ''
  const head = heads.map((text, n) => cellText('th', typeof first[n] === 'string' ? text : asFirst(first[n], text)))
  const body = rows.map((row) =>
    'heading' in row
      ? `<tr class="g"><th colspan="${heads.length}">${escaped(row.heading)}</th></tr>`
      : `<tr>${row.map((cell) => cellText('td', cell)).join('')}</tr>`,
  )
  return `<table><thead><tr>${head.join('')}</tr></thead>\n<tbody>${body.join('\n')}</tbody></table>\n`
}

/** Sentences name keys and commands between backticks. */
function sentence(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

export function paragraph(text: string, kind = ''): string {
  return text === '' ? '' : `<p${kind === '' ? '' : ` class="${kind}"`}>${sentence(text)}</p>\n`
}

export function list(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `<ul>${texts.map((text) => `<li>${sentence(text)}</li>`).join('\n')}</ul>\n`
}

export function linkTo(address: string, text: string): string {
  return `<a href="${escaped(address)}">${escaped(text)}</a>`
}

function asFirst(cell: Cell | undefined, text: string): Cell {
  return typeof cell === 'object' && 'right' in cell ? { right: text } : text
}

function cellText(tag: 'th' | 'td', cell: Cell): string {
  if (typeof cell === 'string') return `<${tag}>${escaped(cell)}</${tag}>`
  if ('html' in cell) return `<${tag}>${cell.html}</${tag}>`
  const [kind, text] = 'right' in cell ? ['n', cell.right] : ['s', cell.small]
  return `<${tag} class="${kind}">${escaped(text)}</${tag}>`
}

/** Paper, in dark on light, and as readable without colours. */
export const STYLE = `
@page { size: A4; margin: 15mm 14mm 17mm }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 182mm; font: 9pt/1.35 "Helvetica Neue", Arial, "Liberation Sans", sans-serif; color: #1a1a1a;
  background: #fff }
header { border-bottom: 1.5pt solid #1a1a1a; margin-bottom: 4mm; padding-bottom: 2mm }
h1 { font-size: 17pt; line-height: 1.15; margin: 0 0 1mm }
h2 { font-size: 11.5pt; margin: 6mm 0 1.5mm; break-after: avoid }
h3 { font-size: 9.5pt; margin: 3mm 0 1mm; break-after: avoid }
p { margin: 1mm 0 }
ul { margin: 1mm 0; padding-left: 5mm }
li { margin: .6mm 0 }
.preview { border: 1pt solid #1a1a1a; padding: 1.5mm 2.5mm; font-weight: bold }
.note, .s { color: #555; font-size: 7.8pt }
.facts { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1mm 5mm; margin: 2mm 0 }
.facts b { display: block; font-weight: normal; color: #555; font-size: 7.8pt }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 3mm; margin: 2mm 0 3mm }
.tile { border: .6pt solid #999; padding: 2mm 2.5mm; break-inside: avoid }
.tile b { display: block; font-size: 8pt; font-weight: normal; color: #555 }
.tile strong { font-size: 17pt; font-variant-numeric: tabular-nums }
.tile span { display: block; font-size: 8pt }
table { border-collapse: collapse; width: 100%; font-size: 8.2pt; margin: 1mm 0 2mm }
thead { display: table-header-group }
tr { break-inside: avoid }
th { text-align: left; font-weight: bold; border-bottom: .8pt solid #1a1a1a; padding: .8mm 2.5mm .8mm 0; vertical-align: bottom }
td { border-bottom: .3pt solid #bbb; padding: .8mm 2.5mm .8mm 0; vertical-align: top; overflow-wrap: break-word }
tr.g { break-after: avoid }
tr.g th { font-size: 9pt; padding-top: 2.5mm; border-bottom-width: .5pt }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td + td.n, th + th.n { padding-left: 2mm }
svg { width: 100%; height: auto; display: block; margin: 1mm 0 3mm; break-inside: avoid }
code { font: 7.4pt "Liberation Mono", Consolas, monospace; overflow-wrap: anywhere }
@media screen { body { padding: 10mm 0 } }
`
