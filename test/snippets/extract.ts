import { posix } from "node:path"

/** One program found in a document or in a doc comment. */
export interface Snippet {
  /** The file it stands in, relative to the root. */
  readonly path: string
  /** The line of its first line of code there, counted from 1. */
  readonly line: number
  readonly code: string
  /** What it must print, each line ended by a newline; undefined if it is not to be run. */
  readonly output: string | undefined
  /** Why it is not even typechecked, from a fence ```` ```ts no-check: reason ````. */
  readonly unchecked: string | undefined
}

interface Fence {
  readonly language: string
  readonly note: string
  readonly line: number
  readonly lines: string[]
}

function fencesOf(text: string): Fence[] {
  const fences: Fence[] = []
  let open: { fence: Fence; mark: string } | undefined
  for (const [index, line] of text.split("\n").entries()) {
    const [, mark = "", language = "", note = ""] = /^\s*(`{3,})\s*(\S*)\s*(.*)$/.exec(line) ?? []
    if (open === undefined && mark !== "") {
      open = { mark, fence: { language, note: note.trim(), line: index + 2, lines: [] } }
    } else if (open !== undefined && line.trim() === open.mark) {
      fences.push(open.fence)
      open = undefined
    } else {
      open?.fence.lines.push(line)
    }
  }
  return fences
}

/** The ts blocks of a Markdown text. The next block, if it is a text or output block, is what the program prints. */
export function snippetsOfMarkdown(path: string, text: string, firstLine = 1): Snippet[] {
  const fences = fencesOf(text)
  return fences.flatMap((fence, index) => {
    if (fence.language !== "ts") return []
    const next = fences[index + 1]
    const printed = next !== undefined && ["text", "output"].includes(next.language) ? next.lines : undefined
    const unchecked = /^no-check\b:?\s*(.*)$/.exec(fence.note)?.[1]
    const output = printed?.map((line) => `${line}\n`).join("")
    return [{ path, line: fence.line + firstLine - 1, code: fence.lines.join("\n"), output, unchecked }]
  })
}

/**
 * The `@example` blocks of a source file's doc comments. What stands behind `@example` on its line is a title. The code is fenced or
 * plain; its `// prints: …` comments, if it has any, are together what it prints.
 */
export function snippetsOfDocComments(path: string, text: string): Snippet[] {
  return [...text.matchAll(/\/\*\*[^]*?\*\//g)].flatMap((comment) => {
    const firstLine = text.slice(0, comment.index).split("\n").length
    const lines = comment[0].replace(/\s*\*\/$/, "").split("\n").map((line) => line.replace(/^\s*(\/\*\*|\*) ?/, ""))
    return examplesOf(lines).flatMap(({ begin, body }) => {
      const line = firstLine + begin
      const fenced = snippetsOfMarkdown(path, body.join("\n"), line)
      const plain: Snippet = { path, line, code: body.join("\n"), output: undefined, unchecked: undefined }
      return (fenced.length > 0 ? fenced : [plain]).map((snippet) => ({ ...snippet, output: printsOf(snippet.code) }))
    })
  })
}

/** The line after each `@example`, and what follows it up to the next tag. A decorator inside a fence is no tag. */
function examplesOf(lines: readonly string[]): Array<{ begin: number; body: string[] }> {
  const examples: Array<{ begin: number; body: string[] }> = []
  let current: string[] | undefined
  let fenced = false
  for (const [index, line] of lines.entries()) {
    if (line.trimStart().startsWith("```")) fenced = !fenced
    if (!fenced && /^@\w/.test(line)) {
      current = line.startsWith("@example") ? [] : undefined
      if (current !== undefined) examples.push({ begin: index + 1, body: current })
    } else {
      current?.push(line)
    }
  }
  return examples
}

function printsOf(code: string): string | undefined {
  const printed = [...code.matchAll(/\/\/ prints: ?(.*)$/gm)].map(([, line]) => `${line}\n`)
  return printed.length > 0 ? printed.join("") : undefined
}

/** A name for the file that holds a snippet, readable in an error: `docs__guide__select.md.12.ts`. */
export function fileNameOf({ path, line }: Snippet): string {
  return `${path.split(posix.sep).join("__")}.${line}.ts`
}
