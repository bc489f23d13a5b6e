import ts from "typescript"
import { read } from "./files.ts"
import { importsOf, nodesOf, parse, placeOf } from "./imports.ts"

/** `path:line` of every line of `path` that matches. */
export function linesMatching(path: string, pattern: RegExp): string[] {
  return read(path)
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : []))
}

/** How many lines a file has; the newline that ends the last one starts no new line. */
export function lineCount(path: string): number {
  return read(path).replace(/\n$/, "").split("\n").length
}

/** Places where a test is skipped, focused or only announced. */
export function skippedOrFocused(path: string): string[] {
  const places: string[] = []
  for (const node of nodesOf(parse(path))) {
    if (!ts.isPropertyAccessExpression(node)) continue
    const begin = /^(it|test|describe|bench|suite)\b/.test(node.expression.getText())
    if (begin && ["skip", "only", "todo", "skipIf", "runIf", "fails"].includes(node.name.text)) places.push(placeOf(node))
  }
  return places
}

/** Places where a file reads the host's clock or waits on its timers. */
export function hostTime(path: string): string[] {
  const modules = importsOf(path).filter(({ specifier }) => /^(node:)?timers(\/promises)?$/.test(specifier))
  const places = modules.map(({ specifier }) => `${path}: import of ${specifier}`)
  for (const node of nodesOf(parse(path))) {
    if (!ts.isCallExpression(node)) continue
    const called = node.expression.getText().replace(/^globalThis\./, "")
    if (/^(setTimeout|setInterval|Date\.now|performance\.now)$/.test(called)) places.push(`${placeOf(node)}: ${called}`)
  }
  return places
}

/** Places of `export default`. */
export function defaultExports(path: string): string[] {
  return parse(path)
    .statements.filter((statement) => {
      const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
      return ts.isExportAssignment(statement) || modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true
    })
    .map(placeOf)
}
