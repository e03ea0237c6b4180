/** A table's lines; each column as wide as its widest word. */
export function columnsOf(table: readonly (readonly string[])[]): string[] {
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? []
  return table.map((line) =>
    line
      .map((word, n) => word.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Topics come from outside: what would move the cursor or colour the terminal is shown as a mark. */
export function printable(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}')
}
