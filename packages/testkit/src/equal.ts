/**
 * Deep equality: like Node's `deepStrictEqual`, and what asymmetric matchers (`expect.objectContaining`, `expect.any`) say counts, wherever they stand in what is expected.
 */
import { Ref } from "@vivarium/actors"
import { isDeepStrictEqual } from "node:util"

/** What vitest, Jest and others put in the place of a value. */
interface AsymmetricMatcher {
  asymmetricMatch(actual: unknown): boolean
}

/** Whether something is what was expected. */
export function equals(actual: unknown, expected: unknown): boolean {
  return new Comparison().same(actual, expected)
}

class Comparison {
  /** The pairs that are being compared: where one comes again, the rest decides. */
  private readonly open = new Map<object, Set<object>>()

  same(actual: unknown, expected: unknown): boolean {
    if (isAsymmetric(expected)) return expected.asymmetricMatch(actual)
    if (Object.is(actual, expected)) return true
    if (typeof actual !== "object" || typeof expected !== "object" || actual === null || expected === null) return false
    if (actual instanceof Ref || expected instanceof Ref) return sameProcess(actual, expected)
    if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return false
    const partners = this.open.get(actual) ?? new Set()
    if (partners.has(expected)) return true
    this.open.set(actual, partners.add(expected))
    const same = this.sameContent(actual, expected)
    partners.delete(expected)
    return same
  }

  private sameContent(actual: object, expected: object): boolean {
    if (actual instanceof Map && expected instanceof Map) return this.sameEntries(actual, expected)
    if (Array.isArray(actual) && actual.length !== (expected as unknown[]).length) return false
    if (actual instanceof Error && !this.sameError(actual, expected as Error)) return false
    if (!Array.isArray(actual) && !(actual instanceof Error) && !isPlainTagged(actual)) return isDeepStrictEqual(actual, expected)
    const keys = Reflect.ownKeys(expected).filter((key) => isEnumerable(expected, key))
    if (Reflect.ownKeys(actual).filter((key) => isEnumerable(actual, key)).length !== keys.length) return false
    return keys.every((key) => Object.hasOwn(actual, key) && this.same(Reflect.get(actual, key), Reflect.get(expected, key)))
  }

  private sameEntries(actual: ReadonlyMap<unknown, unknown>, expected: ReadonlyMap<unknown, unknown>): boolean {
    return actual.size === expected.size && [...expected].every(([key, value]) => actual.has(key) && this.same(actual.get(key), value))
  }

  private sameError(actual: Error, expected: Error): boolean {
    return actual.name === expected.name && actual.message === expected.message && this.same(actual.cause, expected.cause)
  }
}

/** Objects of which all is in their properties, rather than in slots of the engine: dates, sets and typed arrays are left to Node. */
function isPlainTagged(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Object]"
}

function isEnumerable(value: object, key: string | symbol): boolean {
  return Object.getOwnPropertyDescriptor(value, key)?.enumerable === true
}

function isAsymmetric(value: unknown): value is AsymmetricMatcher {
  return typeof value === "object" && value !== null && "asymmetricMatch" in value && typeof value.asymmetricMatch === "function"
}

/** References mean a process, be it by its name. */
function sameProcess(actual: object, expected: object): boolean {
  if (!(actual instanceof Ref) || !(expected instanceof Ref)) return false
  const cell = actual["~resolve"]()
  return cell !== null && cell === expected["~resolve"]()
}
