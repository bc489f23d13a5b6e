import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { allFiles, read, sourceFiles } from "./repository/files.ts"
import { snippetsOfDocComments, snippetsOfMarkdown } from "./snippets/extract.ts"
import { cleanUp, execute, layOut, typecheck } from "./snippets/workshop.ts"

const documents = allFiles.filter((path) => /^(packages\/[^/]+\/)?README\.md$|^docs\/(guide|porting)\/.+\.md$/.test(path))
const snippets = [
  ...documents.flatMap((path) => snippetsOfMarkdown(path, read(path))),
  ...sourceFiles.flatMap((path) => snippetsOfDocComments(path, read(path))),
]
const printing = snippets.filter(({ output, unchecked }) => output !== undefined && unchecked === undefined)

beforeAll(() => layOut(snippets))
afterAll(cleanUp)

describe("snippets of the documents and doc comments", () => {
  it("typecheck against the sources", { timeout: 60_000 }, async () => {
    expect(await typecheck()).toEqual([])
  })

  it("say why where they are not checked", () => {
    expect(snippets.filter(({ unchecked }) => unchecked === "").map(({ path, line }) => `${path}:${line}`)).toEqual([])
  })

  // Two at a time (`maxConcurrency` in vitest.config.ts): each is a process of its own, so that no program sees what another left behind.
  it.for(printing)("$path:$line prints what it says", { concurrent: true, timeout: 60_000 }, async (snippet, { expect }) => {
    const { code, stdout, stderr } = await execute(snippet)
    expect(stdout, stderr).toBe(snippet.output)
    expect(code, stderr).toBe(0)
  })
})
