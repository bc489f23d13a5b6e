/** Where diagrams are written: one file for each failure, which the same failure overwrites. */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describeError } from "./describe.ts"

/** Where a diagram was written, or why not. */
export type Written = { readonly file: string } | { readonly refused: string }

/** The directory that the environment names, else one of the host's for such files. */
export function defaultDirectory(): string {
  const named = process.env["VIVARIUM_DIAGRAMS"]
  return named === undefined || named === "" ? join(tmpdir(), "vivarium") : named
}

/** Writes a diagram. What fails must not hide what the diagram is of, so this raises nothing. */
export function writeDiagram(directory: string, code: string, diagram: string): Written {
  const file = join(directory, `${createHash("sha256").update(code).digest("hex").slice(0, 12)}.mmd`)
  try {
    makeDirectory(directory)
    writeFileSync(file, diagram)
    return { file }
  } catch (error) {
    return { refused: describeError(error) }
  }
}

/** Step by step: Node's own way never returns where the host says that what was just made is not there, as below /proc. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return
  makeDirectory(dirname(directory))
  try {
    mkdirSync(directory)
  } catch (error) {
    if (!existsSync(directory)) throw error
  }
}
