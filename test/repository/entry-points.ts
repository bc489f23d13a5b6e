import { join, posix } from "node:path"
import ts from "typescript"
import { allFiles, read, root } from "./files.ts"

/** One public name of one entry point. */
export interface PublicName {
  readonly entry: string
  readonly name: string
  readonly symbol: ts.Symbol
}

const relativeToRoot = (fileName: string): string => posix.relative(root.replaceAll("\\", "/"), fileName.replaceAll("\\", "/"))

/** The source files behind the `exports` of every package: `packages/core/src/index.ts` and so on. */
export const entryFiles: readonly string[] = allFiles
  .filter((path) => /^packages\/[^/]+\/package\.json$/.test(path))
  .flatMap((path) => {
    const manifest = JSON.parse(read(path)) as { exports?: Record<string, unknown> }
    return Object.values(manifest.exports ?? {}).flatMap((target) => {
      const source = (target as Record<string, unknown>)["@vivarium/source"]
      return typeof source === "string" ? [posix.join(posix.dirname(path), source)] : []
    })
  })

/** One program over all entry points, with the options of tsconfig.base.json, that can emit declarations. */
function createProgram(): ts.Program {
  const path = join(root, "tsconfig.base.json")
  const { config } = ts.readConfigFile(path, (name) => ts.sys.readFile(name))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root, {}, path)
  return ts.createProgram({
    rootNames: entryFiles.map((entry) => join(root, entry)),
    options: { ...options, declaration: true, emitDeclarationOnly: true, stripInternal: true, outDir: join(root, "dist"), rootDir: root },
  })
}

const program = createProgram()
const checker = program.getTypeChecker()

/** Every name that every entry point exports, re-exports followed to what they stand for. */
export const publicNames: readonly PublicName[] = entryFiles.flatMap((entry) => {
  const file = program.getSourceFile(join(root, entry))
  const module = file && checker.getSymbolAtLocation(file)
  if (module === undefined) return []
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported
    return isInternal(symbol) || isForSiblings(exported) ? [] : [{ entry, name: exported.name, symbol }]
  })
})

/** What is exported for a sibling package only is not in the published types, so it is not public. */
function isInternal(symbol: ts.Symbol): boolean {
  return symbol.getJsDocTags(checker).some(({ name }) => name === "internal")
}

/** The same where the entry point says it, above `export { … }`. */
function isForSiblings({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some((one) => ts.isExportSpecifier(one) && ts.getJSDocTags(one.parent.parent).some(({ tagName }) => tagName.text === "internal"))
}

/** The text of the doc comment above a name's declaration, without its tags. */
export function documentationOf({ symbol }: PublicName): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim()
}

/** The source files that declare a public name. */
export function declaringFiles({ symbol }: PublicName): string[] {
  return (symbol.declarations ?? []).map((declaration) => relativeToRoot(declaration.getSourceFile().fileName))
}

/**
 * Where a public name's declaration says `any`, inferred types included: the emitted declarations are searched, not the sources,
 * so private members and function bodies do not count.
 */
export function placesOfAny(): string[] {
  const declarations = emitDeclarations()
  const places = new Set<string>()
  for (const publicName of publicNames) {
    for (const path of declaringFiles(publicName)) {
      const file = declarations.get(path)
      for (const statement of file?.statements ?? []) {
        if (namesOf(statement).includes(publicName.symbol.name) && mentionsAny(statement)) {
          places.add(`${path}: ${publicName.symbol.name}`)
        }
      }
    }
  }
  return [...places]
}

function emitDeclarations(): Map<string, ts.SourceFile> {
  const emitted = new Map<string, ts.SourceFile>()
  program.emit(undefined, (fileName, text) => {
    const source = relativeToRoot(fileName).replace(/^dist\//, "").replace(/\.d\.ts$/, ".ts")
    emitted.set(source, ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true))
  }, undefined, true)
  return emitted
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText())
  const { name } = statement as ts.Statement & { name?: ts.Node }
  return name === undefined ? [] : [name.getText()]
}

function mentionsAny(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.AnyKeyword || (ts.forEachChild(node, mentionsAny) ?? false)
}
