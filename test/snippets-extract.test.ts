import { describe, expect, it } from "vitest"
import { snippetsOfDocComments, snippetsOfMarkdown } from "./snippets/extract.ts"

const fence = "```"

describe("finding snippets in Markdown", () => {
  it("takes the next block as the output, if it is a text or output block", () => {
    const text = ["# Title", `${fence}ts`, "console.log(1)", fence, "It prints", `${fence}text`, "1", fence, ""].join("\n")
    expect(snippetsOfMarkdown("a.md", text)).toEqual([
      { path: "a.md", line: 3, code: "console.log(1)", output: "1\n", unchecked: undefined },
    ])
  })

  it("leaves a snippet without output where another language follows", () => {
    const text = [`${fence}ts`, "const a = 1", fence, `${fence}sh`, "ls", fence, `${fence}text`, "x", fence].join("\n")
    expect(snippetsOfMarkdown("a.md", text).map(({ output }) => output)).toEqual([undefined])
  })

  it("reads the reason for not checking", () => {
    const text = [`${fence}ts no-check: the wrong line is the point`, "yield ch.receive()", fence].join("\n")
    expect(snippetsOfMarkdown("a.md", text)[0]?.unchecked).toBe("the wrong line is the point")
  })
})

describe("finding examples in doc comments", () => {
  it("takes plain code up to the next tag, on its own lines", () => {
    const text = ["", "/**", " * What it does.", " * @example A title", " * console.log(1) // prints: 1", " * @returns nothing", " */"].join("\n")
    expect(snippetsOfDocComments("a.ts", text)).toEqual([
      { path: "a.ts", line: 5, code: "console.log(1) // prints: 1", output: "1\n", unchecked: undefined },
    ])
  })

  it("takes fenced code, and several printed lines", () => {
    const text = ["/**", " * @example", ` * ${fence}ts`, " * go()", " * // prints: a", " * // prints: b", ` * ${fence}`, " */"].join("\n")
    expect(snippetsOfDocComments("a.ts", text)).toEqual([
      { path: "a.ts", line: 4, code: "go()\n// prints: a\n// prints: b", output: "a\nb\n", unchecked: undefined },
    ])
  })
})
