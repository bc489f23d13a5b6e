/**
 * Facades: the objects behind `ref.call`, `ref.cast` and `ref.request`. One class a kind and type of actor, with a method for each of the
 * actor's; a name that is not there falls through to a proxy at the end of the prototype chain, which makes a method that says so. So no proxy stands on the hot path.
 */
import type { CallOptions } from "./call-options.ts"
import type { Ref } from "./ref.ts"

/** What a facade's method does. */
export type Perform = (ref: Ref<unknown>, options: CallOptions | null, method: string, args: readonly unknown[]) => unknown

export type FacadeClass = new (ref: Ref<unknown>, options: CallOptions | null) => object

/** What others look for on any object that comes their way: it is not there, and that is no mistake. */
const PROBES = new Set(["then", "toJSON", "asymmetricMatch", "nodeType", "tagName", "inspect", "$$typeof", "@@__IMMUTABLE_ITERABLE__@@", "hasAttribute"])

/** With `open`, a method that is not known yet is made when it is first asked for. */
export function makeFacade(methods: ReadonlySet<string>, perform: Perform, open: boolean, unknown: (method: string) => Error): FacadeClass {
  // Fields are defined, not declared: an assignment that adds one would have to ask the proxy at the end of the prototype chain.
  class Facade {
    readonly "~ref": Ref<unknown>
    readonly "~options": CallOptions | null

    constructor(ref: Ref<unknown>, options: CallOptions | null) {
      this["~ref"] = ref
      this["~options"] = options
    }
  }
  const prototype = Facade.prototype as unknown as Record<string, unknown>
  for (const method of methods) define(prototype, method, perform)
  const end = new Proxy(Object.create(null) as object, {
    get: (_target, name) => {
      if (name in Object.prototype) return Reflect.get(Object.prototype, name)
      if (typeof name === "symbol" || PROBES.has(name)) return undefined
      if (open) define(prototype, name, perform)
      else define(prototype, name, () => raise(unknown(name)))
      return prototype[name]
    },
  })
  Object.setPrototypeOf(prototype, end)
  return Facade
}

function raise(error: Error): never {
  throw error
}

function define(prototype: Record<string, unknown>, method: string, perform: Perform): void {
  const call = function (this: { readonly "~ref": Ref<unknown>; readonly "~options": CallOptions | null }, ...args: unknown[]): unknown {
    return perform(this["~ref"], this["~options"], method, args)
  }
  Object.defineProperty(prototype, method, { value: call, enumerable: true })
}
