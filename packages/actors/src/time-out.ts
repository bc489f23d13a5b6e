/** Times that may be for ever. */
import { InvalidArgumentError } from "@vivarium/core"

/** A number of milliseconds, or Infinity. */
export function checkTimeout(name: string, ms: unknown, example: string): asserts ms is number {
  if (typeof ms !== "number" || !(ms >= 0)) throw new InvalidArgumentError(name, ms, "a number of milliseconds, 0 or more, or Infinity", `right: ${example}`)
}
