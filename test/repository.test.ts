import { basename } from "node:path"
import { describe, expect, it } from "vitest"
import { declaringFiles, documentationOf, entryFiles, placesOfAny, publicNames } from "./repository/entry-points.ts"
import { anyInSignatures, longFiles, skippedTests, testsOnHostTime } from "./repository/exceptions.ts"
import { allFiles, exampleFiles, packageOf, read, sourceFiles, testFiles } from "./repository/files.ts"
import { cyclesAmong, importsOf } from "./repository/imports.ts"
import { layerErrors } from "./repository/layers.ts"
import { defaultExports, hostTime, lineCount, linesMatching, skippedOrFocused } from "./repository/text-rules.ts"

const ourCode = [...sourceFiles, ...testFiles, ...exampleFiles]

describe("import layers", () => {
  it("lets packages import only what lies below them", () => {
    expect(sourceFiles.flatMap(layerErrors)).toEqual([])
  })

  it.each([...new Set(sourceFiles.map(packageOf))])("keeps the sources of %s free of import cycles", (name) => {
    expect(cyclesAmong(sourceFiles.filter((path) => packageOf(path) === name))).toEqual([])
  })

  it("re-exports only from entry points", () => {
    const barrels = sourceFiles.filter((path) => !entryFiles.includes(path) && importsOf(path).some(({ reExport }) => reExport))
    expect(barrels).toEqual([])
  })
})

describe("files", () => {
  it("have at most 400 lines", () => {
    const long = ourCode.filter((path) => lineCount(path) > 400)
    expect(long.toSorted()).toEqual(Object.keys(longFiles).toSorted())
  })

  it("are named by their concept", () => {
    expect(ourCode.filter((path) => /^(utils?|helpers?|misc|common)\.ts$/.test(basename(path)))).toEqual([])
    expect(ourCode.filter((path) => !/^[a-z0-9.-]+$/.test(basename(path)))).toEqual([])
  })

  it("have no default exports in packages", () => {
    expect(sourceFiles.flatMap(defaultExports)).toEqual([])
  })

  it("leave no work marked for later", () => {
    expect(allFiles.flatMap((path) => linesMatching(path, /\bTO[D]O\b|\bFIX[M]E\b/))).toEqual([])
  })

  it("name no machine, no neighbouring folder and no registry", () => {
    const pattern = /\/work\/|\.\.\/shared\b|\bregistry\.[a-z-]+\.(?:org|com|net|io|dev)\b/
    expect(allFiles.flatMap((path) => linesMatching(path, pattern))).toEqual([])
    expect(linesMatching("pnpm-lock.yaml", /\btarball:/)).toEqual([])
  })

  it("stand at the top level only where they belong", () => {
    const expected = [
      "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md",
      "docs", "examples", "packages", "test",
      "package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "tsconfig.base.json", "tsconfig.json", "vitest.config.ts",
    ]
    const found = new Set(allFiles.map((path) => path.split("/")[0] ?? path).filter((name) => !name.startsWith(".")))
    expect([...found].filter((name) => !expected.includes(name))).toEqual([])
  })
})

describe("public names", () => {
  it("exist for every entry point", () => {
    expect(entryFiles).toContain("packages/core/src/index.ts")
    expect(publicNames.length).toBeGreaterThan(0)
  })

  it("each have a doc comment above their declaration", () => {
    const bare = publicNames.filter((name) => documentationOf(name) === "")
    expect(bare.map((name) => `${declaringFiles(name).join(", ")}: ${name.name}`)).toEqual([])
  })

  it("are each reachable from exactly one entry point, once", () => {
    const places = Map.groupBy(publicNames, ({ symbol }) => symbol)
    const doubled = [...places.values()].filter((names) => names.length > 1)
    expect(doubled.map((names) => names.map(({ entry, name }) => `${entry}: ${name}`).join(" and "))).toEqual([])
  })

  it("have no any in their declared types", () => {
    expect(placesOfAny().toSorted()).toEqual(Object.keys(anyInSignatures).toSorted())
  })
})

describe("tests", () => {
  it("are neither skipped nor focused", () => {
    const skipping = testFiles.filter((path) => skippedOrFocused(path).length > 0)
    const unexpected = skipping.filter((path) => !(path in skippedTests))
    expect(unexpected.flatMap(skippedOrFocused)).toEqual([])
    expect(Object.keys(skippedTests).filter((path) => !skipping.includes(path))).toEqual([])
  })

  it("do not sleep and do not read the host's clock", () => {
    const late = testFiles.filter((path) => hostTime(path).length > 0)
    const unexpected = late.filter((path) => !(path in testsOnHostTime))
    expect(unexpected.flatMap(hostTime)).toEqual([])
    expect(Object.keys(testsOnHostTime).filter((path) => !late.includes(path))).toEqual([])
  })
})

describe("the licence", () => {
  it("is the same in every published package", () => {
    const copies = allFiles.filter((path) => /^packages\/[^/]+\/LICENSE$/.test(path))
    for (const copy of copies) expect(read(copy)).toBe(read("LICENSE"))
  })
})
