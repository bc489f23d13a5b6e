import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { read, root } from "./repository/files.ts"

// The shipped configuration names `tasklet` of the installed package, and the linter does not take the linked sources for that.
// So a user's project is built: our declarations and oxlint.json under node_modules, the fixture beside them.
let project: string

interface Report {
  diagnostics: Array<{ code: string; labels: Array<{ span: { line: number } }> }>
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "vivarium-lint-"))
  const installed = join(project, "node_modules/@vivarium/core")
  mkdirSync(installed, { recursive: true })
  for (const name of ["package.json", "oxlint.json"]) cpSync(join(root, "packages/core", name), join(installed, name))
  const compiler = join(root, "node_modules/@typescript/native/bin/tsc")
  const emit = ["--noEmit", "false", "--emitDeclarationOnly", "--rootDir", join(root, "packages/core/src")]
  execFileSync(process.execPath, [compiler, "-p", join(root, "packages/core"), ...emit, "--outDir", join(installed, "dist")])
  cpSync(join(root, "test/fixtures/forgotten-star.ts"), join(project, "forgotten-star.ts"))
  writeFileSync(join(project, "package.json"), `{ "type": "module" }`)
  writeFileSync(join(project, "tsconfig.json"), `{ "compilerOptions": { "module": "nodenext", "strict": true } }`)
  writeFileSync(
    join(project, ".oxlintrc.json"),
    `{ "extends": ["./node_modules/@vivarium/core/oxlint.json"], "options": { "typeAware": true } }`,
  )
}, 30_000)

afterAll(() => rmSync(project, { recursive: true }))

it("finds every forgotten yield* of the fixture, and nothing else, with the configuration that we ship", () => {
  const linter = join(root, "node_modules/oxlint/bin/oxlint")
  const typeAware = join(root, "node_modules/oxlint-tsgolint/bin/tsgolint.js")
  const { stdout } = spawnSync(process.execPath, [linter, "--format", "json", "forgotten-star.ts"], {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, OXLINT_TSGOLINT_PATH: typeAware },
  })
  const { diagnostics } = JSON.parse(stdout) as Report
  const fixture = read("test/fixtures/forgotten-star.ts").split("\n")
  const forgotten = fixture.flatMap((line, index) => (line.endsWith("// forgotten") ? [index + 1] : []))
  expect(diagnostics.map(({ code }) => code)).toEqual(forgotten.map(() => "typescript(no-floating-promises)"))
  expect(diagnostics.map(({ labels }) => labels[0]?.span.line).toSorted((a = 0, b = 0) => a - b)).toEqual(forgotten)
}, 30_000)
