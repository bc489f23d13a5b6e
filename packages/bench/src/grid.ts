// Renders rows of cells as aligned text or as a Markdown table.

export type Style = "text" | "markdown"

/** The first row is the head. The first column stands left, all others right, as figures do. */
export function renderGrid(rows: readonly (readonly string[])[], style: Style): string {
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? "").length)),
  )
  const lines = rows.map((row) =>
    widths.map((width, column) => {
      const cell = row[column] ?? ""
      return column === 0 ? cell.padEnd(width) : cell.padStart(width)
    }),
  )
  if (style === "text") return lines.map((cells) => cells.join("  ").trimEnd()).join("\n")
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`))
  const [head = [], ...body] = lines
  return [head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}

/** Three digits that count, and no more than are needed: 0.123, 1.23, 12.3, 123, 1,234. */
export function figure(value: number | undefined): string {
  if (value === undefined) return "-"
  if (value >= 100) return Math.round(value).toLocaleString("en-US")
  return value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3)
}
