import { posix } from "node:path"
import ts from "typescript"
import { read } from "./files.ts"

/** One import, re-export or dynamic import of a file. */
export interface Import {
  readonly from: string
  readonly specifier: string
  /** False for `import type` and `export type`, which leave nothing behind at run time. */
  readonly atRuntime: boolean
  readonly reExport: boolean
}

const parsed = new Map<string, ts.SourceFile>()

/** The syntax tree of a file, parsed once. */
export function parse(path: string): ts.SourceFile {
  let file = parsed.get(path)
  if (file === undefined) {
    file = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true)
    parsed.set(path, file)
  }
  return file
}

/** Every node of a tree, the root included. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  for (const child of node.getChildren()) yield* nodesOf(child)
}

/** `path:line` of a node, for messages. */
export function placeOf(node: ts.Node): string {
  const file = node.getSourceFile()
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}

export function importsOf(path: string): Import[] {
  const found: Import[] = []
  for (const node of nodesOf(parse(path))) {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const atRuntime = node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword
      found.push({ from: path, specifier: node.moduleSpecifier.text, atRuntime, reExport: false })
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ from: path, specifier: node.moduleSpecifier.text, atRuntime: !node.isTypeOnly, reExport: true })
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments
      const text = specifier && ts.isStringLiteral(specifier) ? specifier.text : "(computed)"
      found.push({ from: path, specifier: text, atRuntime: true, reExport: false })
    }
  }
  return found
}

/** Where a relative import leads, relative to the root. */
export function targetOf(entry: Import): string {
  return posix.join(posix.dirname(entry.from), entry.specifier)
}

/** Import cycles at run time among `paths`, each as `a -> b -> a`. A cycle of types alone does no harm and is left out. */
export function cyclesAmong(paths: readonly string[]): string[] {
  const cycles: string[] = []
  const finished = new Set<string>()
  const trail: string[] = []
  const visit = (path: string): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      cycles.push([...trail.slice(start), path].join(" -> "))
      return
    }
    if (finished.has(path)) return
    trail.push(path)
    for (const entry of importsOf(path)) {
      const target = targetOf(entry)
      if (entry.atRuntime && entry.specifier.startsWith(".") && paths.includes(target)) visit(target)
    }
    trail.pop()
    finished.add(path)
  }
  for (const path of paths) visit(path)
  return cycles
}
