/** Checks of arguments that several public functions share. */
import { InvalidArgumentError } from "./errors.ts"

/** @internal A finite, non-negative number of milliseconds. */
export function checkDuration(name: string, ms: unknown, example = "sleep(250)"): asserts ms is number {
  if (typeof ms !== "number" || !(ms >= 0) || ms === Infinity) {
    throw new InvalidArgumentError(name, ms, "a finite number of milliseconds, 0 or more", `right: ${example}`)
  }
}

/** @internal A whole number from a lowest value on. */
export function checkCount(name: string, count: unknown, lowest: number): asserts count is number {
  if (!Number.isSafeInteger(count) || (count as number) < lowest) throw new InvalidArgumentError(name, count, `an integer, ${lowest} or more`)
}

/** @internal Whether an optional switch is on; anything but true, false and undefined is refused. */
export function readFlag(name: string, flag: unknown): boolean {
  if (flag !== undefined && typeof flag !== "boolean") throw new InvalidArgumentError(name, flag, "true or false")
  return flag === true
}

/** @internal An object with no other keys than those known; `example` shows the right call. */
export function checkOptions(name: string, options: unknown, known: readonly string[], example: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidArgumentError(name, options, `an object with ${known.join(", ")}`, `right: ${example}`)
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new InvalidArgumentError(`${name}.${key}`, (options as Record<string, unknown>)[key], `left out: the options are ${known.join(", ")}`, `right: ${example}`)
  }
}

/** @internal */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null && typeof (value as { then?: unknown }).then === "function"
}
