import { packageOf } from "./files.ts"
import { importsOf, targetOf } from "./imports.ts"

/** What the sources of each package may import of ours. A new package adds its row here. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  actors: ["core"],
  supervision: ["core", "actors"],
  testkit: ["core", "actors", "supervision"],
  net: ["core"],
  bench: ["core", "actors", "supervision", "testkit", "net"],
}

/** What is wrong with the imports of one source file, in whole sentences. */
export function layerErrors(path: string): string[] {
  const name = packageOf(path)
  const allowed = mayImport[name]
  if (allowed === undefined) return [`${path}: the package ${name} has no row in test/repository/layers.ts.`]
  const errors: string[] = []
  for (const entry of importsOf(path)) {
    const { specifier } = entry
    const ours = /^@vivarium\/([^/]+)/.exec(specifier)?.[1]
    if (specifier.startsWith(".")) {
      if (!targetOf(entry).startsWith(`packages/${name}/src/`)) errors.push(`${path} leaves its package: ${specifier}.`)
      if (!specifier.endsWith(".ts")) errors.push(`${path} must name the file with its .ts: ${specifier}.`)
    } else if (ours !== undefined) {
      if (!allowed.includes(ours)) errors.push(`${path} may not import ${specifier}: ${name} stands below or beside it.`)
    } else if (name === "core") {
      errors.push(`${path} imports ${specifier}, but core runs anywhere and has no dependencies.`)
    }
  }
  return errors
}
