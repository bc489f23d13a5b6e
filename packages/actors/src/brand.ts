/**
 * Brands: an application may load this package twice, as ESM and as CJS, and objects wander from one copy to the other. So `instanceof` asks for
 * a mark on the prototype instead of the prototype itself, as the core's errors do.
 */

/** Marks a class: from now on instances made by another copy of it are instances, too. */
export function brand(Class: abstract new (...args: never) => object, kind: string): void {
  Object.defineProperty(Class.prototype, "~kind", { value: kind })
  Object.defineProperty(Class, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== Class) return Function.prototype[Symbol.hasInstance].call(this as never, value)
      return typeof value === "object" && value !== null && (value as { readonly "~kind"?: unknown })["~kind"] === kind
    },
  })
}
