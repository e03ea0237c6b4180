/** How large the tiles of racks are drawn, so that all of them are on the screen. */

/** A tile as wide as this, rem, names its rack and its temperature; a smaller one its name; the smallest its letter. */
const FULL = { width: 4.6, height: 2.6 }
const SHORT = { width: 3.3, height: 1.35 }
/** Beyond this, rem, a tile is no easier to read. */
const LARGEST = { width: 14, height: 7 }
const GAP_REM = 0.2
const HEADING_REM = 1.7
/** Width of a good tile by its height. */
const ASPECT = 1.5
const MOST_COLUMNS = 100
/** Where the page scrolls the tiles get smaller by number alone. */
const MANY = { short: 80, heat: 240 }

/**
 * @typedef {{ hallColumns: number, columns: number, width: number, height: number, size: number }} Fit
 */

/**
 * Lays the racks out: in a box of its own height so that all of them fit, else in tiles of one size.
 * @param {HTMLElement} box
 * @param {number[]} counts racks of each hall
 */
export function fitRacks(box, counts) {
  const racks = counts.reduce((sum, count) => sum + count, 0)
  const isBoxed = getComputedStyle(box).overflowY !== 'visible'
  if (!isBoxed || racks === 0 || box.clientHeight === 0) {
    box.dataset['level'] = racks > MANY.heat ? 'heat' : racks > MANY.short ? 'short' : 'full'
    for (const name of ['--hall-columns', '--columns', '--tile-width', '--tile-height', '--tile-size'])
      box.style.removeProperty(name)
    return
  }
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
  const before = box.dataset['level']
  let fit = bestFit(box.clientWidth / rem, box.clientHeight / rem, counts)
  box.dataset['level'] = levelOf(fit)
  // What stands above tiles of another level is of another height
  if (before !== box.dataset['level']) fit = bestFit(box.clientWidth / rem, box.clientHeight / rem, counts)
  box.style.setProperty('--hall-columns', String(fit.hallColumns))
  box.style.setProperty('--columns', String(fit.columns))
  box.style.setProperty('--tile-width', `${Math.min(fit.width, LARGEST.width)}rem`)
  box.style.setProperty('--tile-height', `${Math.min(fit.height, LARGEST.height)}rem`)
  box.style.setProperty('--tile-size', `${fit.size}rem`)
}

/** @param {{ width: number, height: number }} tile */
function levelOf({ width, height }) {
  if (width >= FULL.width && height >= FULL.height) return 'full'
  return width >= SHORT.width && height >= SHORT.height ? 'short' : 'heat'
}

/**
 * Tries all numbers of columns: the largest tiles win. Halls stand side by side in rows of the same height.
 * @param {number} width rem
 * @param {number} height rem
 * @param {number[]} counts
 * @returns {Fit}
 */
function bestFit(width, height, counts) {
  let best = { hallColumns: 1, columns: 1, width: 0, height: 0, size: -Infinity }
  for (let hallColumns = 1; hallColumns <= counts.length; hallColumns++) {
    const hallRows = Math.ceil(counts.length / hallColumns)
    const hallWidth = width / hallColumns - 2 * GAP_REM
    for (let columns = 1; columns <= Math.min(MOST_COLUMNS, Math.max(...counts)); columns++) {
      let rows = 0
      for (let hall = 0; hall < counts.length; hall += hallColumns) {
        rows += Math.ceil(Math.max(...counts.slice(hall, hall + hallColumns)) / columns)
      }
      const tile = {
        width: hallWidth / columns - GAP_REM,
        height: (height - HEADING_REM * hallRows) / rows - GAP_REM,
      }
      const size = Math.min(tile.width / ASPECT, tile.height, LARGEST.height)
      if (size > best.size) best = { hallColumns, columns, ...tile, size }
    }
  }
  return best
}
