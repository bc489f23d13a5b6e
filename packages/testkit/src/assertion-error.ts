/** Errors of expectations: those of Node, which every test runner knows how to show. */
import { AssertionError } from "node:assert"

/** What was expected and what was there, if that can be compared: then a runner shows the difference. */
export interface Compared {
  readonly actual: unknown
  readonly expected: unknown
}

export function failed(message: string, compared?: Compared): AssertionError {
  return new AssertionError({ message, operator: "expect", ...compared })
}
