/** Tables for terminals: aligned columns, what is too long wrapped between words. */

/** A column: what stands above it, and how much room it may take. */
export interface Column {
  readonly head: string
  readonly most: number
  /** Numbers stand at the right. */
  readonly right?: boolean
}

const GAP = "  "

/** A row for each list of cells, a rule below the head. */
export function tableOf(columns: readonly Column[], rows: readonly (readonly string[])[], indent: string): string[] {
  const wrapped = rows.map((row) => row.map((cell, at) => wrap(cell, columns[at]?.most ?? cell.length)))
  const widths = columns.map(({ head }, at) => Math.max(head.length, ...wrapped.flatMap((row) => (row[at] ?? []).map((line) => line.length))))
  const line = (cells: readonly string[]): string => {
    const padded = columns.map(({ right }, at) => (right === true ? (cells[at] ?? "").padStart(widths[at] ?? 0) : (cells[at] ?? "").padEnd(widths[at] ?? 0)))
    return (indent + padded.join(GAP)).trimEnd()
  }
  const body = wrapped.flatMap((row) => Array.from({ length: Math.max(1, ...row.map((cell) => cell.length)) }, (_, at) => line(row.map((cell) => cell[at] ?? ""))))
  return [line(columns.map(({ head }) => head)), line(widths.map((width) => "─".repeat(width))), ...body]
}

/** Lines of at most so many characters, broken at spaces; a word that is too long is broken anywhere. */
export function wrap(text: string, most: number): string[] {
  const lines: string[] = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > most) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
    for (; line.length > most; line = line.slice(most)) lines.push(line.slice(0, most))
  }
  if (line !== "") lines.push(line)
  return lines
}
