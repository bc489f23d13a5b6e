/** Mutants: bugs that are planted into our own packages, as patches of their source text. No product code knows of them. */
import { readFileSync } from "node:fs"

/** A change of the text of a file. */
export interface Patch {
  /** The exact text, which stands there once. */
  readonly find: string
  readonly replace: string
}

export interface Mutant extends Patch {
  readonly id: string
  readonly package: "core" | "actors" | "supervision"
  /** From the root of the repository. */
  readonly file: string
  /** What is wrong then. */
  readonly title: string
  /** By name: what shows it. */
  readonly scenario: string
  /** What else must be changed in the same file. */
  readonly also?: readonly Patch[]
}

const root = new URL("../../../", import.meta.url)

/** Where the file of a mutant is. */
export function urlOf({ file }: Mutant): string {
  return new URL(file, root).href
}

/** How often each of its texts stands in its file: each should once. */
export function matchesOf(mutant: Mutant): readonly number[] {
  const source = readFileSync(new URL(urlOf(mutant)), "utf8")
  return patchesOf(mutant).map(({ find }) => source.split(find).length - 1)
}

/** The text of its file with the bug in it. */
export function plant(mutant: Mutant, source: string): string {
  return patchesOf(mutant).reduce((text, { find, replace }) => {
    const [before, after, ...more] = text.split(find)
    if (after === undefined || more.length > 0) throw new Error(`mutant ${mutant.id} does not fit ${mutant.file}: its text stands there ${after === undefined ? "nowhere" : "more than once"}:\n${find}`)
    return `${before}${replace}${after}`
  }, source)
}

function patchesOf({ also = [], find, replace }: Mutant): readonly Patch[] {
  return [{ find, replace }, ...also]
}
