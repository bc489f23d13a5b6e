/** Checks of arguments that several public functions share. */
import { InvalidArgumentError } from "./errors.ts"

/** @internal A finite, non-negative number of milliseconds. */
export function checkDuration(name: string, ms: unknown): asserts ms is number {
  if (typeof ms !== "number" || !(ms >= 0) || ms === Infinity) {
    throw new InvalidArgumentError(name, ms, "a finite number of milliseconds, 0 or more", "right: sleep(250)")
  }
}

/** @internal A whole number from a lowest value on. */
export function checkCount(name: string, count: unknown, lowest: number): asserts count is number {
  if (!Number.isSafeInteger(count) || (count as number) < lowest) throw new InvalidArgumentError(name, count, `an integer, ${lowest} or more`)
}

/** @internal */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== "function") throw new InvalidArgumentError(name, value, "a function")
}
