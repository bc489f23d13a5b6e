/** Values in words, for the texts of failed expectations: short, and in one line. */
import { inspect } from "node:util"

const SHORT = { depth: 3, breakLength: Infinity, maxArrayLength: 10, maxStringLength: 200, sorted: false } as const
const LONGEST = 300

export function inShort(value: unknown): string {
  const text = inspect(value, SHORT).replaceAll(/\s+/g, " ")
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
