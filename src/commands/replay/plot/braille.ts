/**
 * A drawing of dots, two beside and four above each other in a character. Unicode numbers the dots of a braille pattern
 * so that each is a bit:
 *
 *     1 4        0x01 0x08
 *     2 5        0x02 0x10
 *     3 6        0x04 0x20
 *     7 8        0x40 0x80
 */
interface Canvas {
  /** In dots. */
  readonly width: number
  readonly height: number
  /** By character, from the top left; a set of dots. */
  readonly cells: Uint8Array
}

const BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
]
const FIRST_PATTERN = 0x2800

/** `columns` and `lines` in characters. */
export function createCanvas(columns: number, lines: number): Canvas {
  return { width: columns * 2, height: lines * 4, cells: new Uint8Array(columns * lines) }
}

/** Sets the dots of a column from one height to another, 0 being the lowest; what lies outside is not drawn. */
export function drawColumn({ width, height, cells }: Canvas, x: number, from: number, to: number): void {
  if (x < 0 || x >= width) return
  const top = Math.min(height - 1, Math.max(from, to))
  for (let up = Math.max(0, Math.min(from, to)); up <= top; up++) {
    const y = height - 1 - up
    const cell = Math.floor(y / 4) * (width / 2) + Math.floor(x / 2)
    cells[cell] = (cells[cell] ?? 0) | (BITS[y % 4]?.[x % 2] ?? 0)
  }
}

/** The lines from the top; an empty character is a blank, so that a line can be read and cut. */
export function canvasLines({ width, height, cells }: Canvas): string[] {
  return Array.from({ length: height / 4 }, (_, line) => {
    const row = cells.subarray((line * width) / 2, ((line + 1) * width) / 2)
    return Array.from(row, (dots) => (dots === 0 ? ' ' : String.fromCodePoint(FIRST_PATTERN + dots))).join('')
  })
}
