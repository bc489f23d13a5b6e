/** Words for reports. */
import { show } from "@vivarium/core/lowlevel"
import type { ExitReason } from "./exit-reason.ts"

/**
 * An exit reason in a few words, as reports and errors show it. Payloads are never printed whole.
 *
 * @example
 * ```ts
 * import { describeReason, ExitReason } from "@vivarium/actors"
 *
 * console.log(describeReason(ExitReason.error(new Error("stung"))))
 * // prints: Error: stung
 * ```
 */
export function describeReason(reason: ExitReason): string {
  switch (reason.kind) {
    case "error":
      return describeError(reason.error)
    case "custom":
      return `custom ${describeValue(reason.value)}`
    case "shutdown":
      return reason.detail === undefined ? "shutdown" : `shutdown (${describeValue(reason.detail)})`
    default:
      return reason.kind
  }
}

export function describeError(error: unknown): string {
  return inWords(() => {
    if (error instanceof Error) return error.message === "" ? error.name : `${error.name}: ${error.message.replace(/\.$/, "")}`
    return `thrown ${describeValue(error)}`
  })
}

/** A payload is never printed whole. */
export function describeValue(value: unknown): string {
  return inWords(() => wordsFor(value))
}

/** Whatever is thrown or sent can be told: one that raises when it is looked at must not keep a process from its end. */
function inWords(words: () => string): string {
  try {
    return words()
  } catch {
    return "something that raises when it is looked at"
  }
}

function wordsFor(value: unknown): string {
  if (typeof value !== "object" || value === null || value instanceof Error || Array.isArray(value)) return value instanceof Error ? describeError(value) : show(value)
  if ("~resolve" in value || "~words" in value) return (value as { toString(): string }).toString()
  const name = value.constructor?.name
  if (name !== undefined && name !== "Object") return show(value)
  const keys = Object.keys(value)
  const some = keys.slice(0, 4).map((key) => {
    const part = (value as Record<string, unknown>)[key]
    return `${key}: ${typeof part === "object" && part !== null ? show(part) : show(part)}`
  })
  return `{ ${some.join(", ")}${keys.length > 4 ? ", …" : ""} }`
}
