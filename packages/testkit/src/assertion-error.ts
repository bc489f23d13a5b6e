/** Errors of expectations. */

/** What was expected and what was there, if that can be compared: then a runner shows the difference. */
export interface Compared {
  readonly actual: unknown
  readonly expected: unknown
}

/** Known to test runners by its name and its code. Node's own class is not used: it has fields of which vitest makes something else. */
class AssertionError extends Error {
  override readonly name: string = "AssertionError"
  readonly code: string = "ERR_ASSERTION"
}

export function failed(message: string, compared?: Compared): Error {
  return Object.assign(new AssertionError(message), compared)
}
