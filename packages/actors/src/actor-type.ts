/**
 * Actor types: what is known of a class of actors, found out at its first spawn. Which methods may be called, and the facades behind `call`,
 * `cast` and `request`, generated once.
 */
import { InvalidArgumentError } from "@vivarium/core"
import { show } from "@vivarium/core/lowlevel"
import { ActorError } from "./errors.ts"
import { type FacadeClass, makeFacade } from "./facade.ts"
import { castTo, callTo, requestTo } from "./perform.ts"
import type { SettingOptions } from "./process-settings.ts"
import type { Protocol } from "./protocol.ts"

/** Methods that the system calls by itself; nobody else can. */
const LIFECYCLE = new Set(["constructor", "init", "info", "exit", "down", "terminate", "snapshot", "restore"])

/** What a class of ours, on which others are built, brings for them: what stands under BASE on its prototype. */
export interface Framework {
  /** The class of their references, if they can do more than others. */
  readonly Ref: RefClass | null
  /** What their processes are set to, unless told otherwise. */
  readonly settings: SettingOptions | null
  /** What is called instead of `init`, which it then calls itself. */
  readonly begin: ((...args: readonly unknown[]) => unknown) | null
  /** What to do against calls in a circle. */
  readonly againstCycles: string | null
  /** What to do where a child of theirs is called that has ended. */
  readonly afterTheEnd: string | null
}

const NOTHING: Framework = { Ref: null, settings: null, begin: null, againstCycles: null, afterTheEnd: null }

export interface ActorType extends Framework {
  readonly name: string
  /** The methods that others may call. */
  readonly methods: ReadonlySet<string>
  /** Whether any name can be called: the class takes calls as events. */
  readonly open: boolean
  readonly protocol: Protocol | null
  readonly reentrant: boolean
  /** Whether an instance has been looked at: see `checkFields`. */
  fieldsChecked: boolean
  readonly Call: FacadeClass
  readonly Cast: FacadeClass
  readonly Request: FacadeClass
}

/** A class of references. */
export interface RefClass {
  new (cell: never): object
  readonly prototype: object
}

/** A class whose instances are actors: told by this mark on its prototype, in any copy of the package. */
export interface ActorClass {
  new (): object
  readonly prototype: object
  readonly name: string
}

/** On the prototypes of Actor and of the classes that build on it, whose members are verbs, not messages: true, or what such a class brings. */
export const BASE = "~actor"
/** On such a prototype: any name can be called. */
export const OPEN = "~open"

const known = new WeakMap<object, ActorType>()
/** Of classes that cannot be spawned themselves. */
const knownByName = new WeakMap<object, ActorType>()

/** Whether something is a class of actors, rather than a body. */
export function isActorClass(value: unknown): value is ActorClass {
  if (typeof value !== "function") return false
  const prototype: unknown = value.prototype
  return typeof prototype === "object" && prototype !== null && BASE in prototype
}

export function typeOf(Class: ActorClass): ActorType {
  const found = known.get(Class)
  if (found !== undefined) return found
  const type = readType(Class)
  known.set(Class, type)
  return type
}

/** What references by name know of a class: that may also be one on which others are built, if its references can do more than others. */
export function typeOfNamed(Class: ActorClass): ActorType {
  const { prototype } = Class
  const brought = Object.hasOwn(prototype, BASE) ? (prototype as { readonly [BASE]: Framework | true })[BASE] : true
  if (brought === true) return typeOf(Class)
  const found = knownByName.get(Class)
  if (found !== undefined) return found
  const type = makeType({ ...RAW_TYPE, name: Class.name, ...brought })
  knownByName.set(Class, type)
  return type
}

function readType(Class: ActorClass): ActorType {
  if (Object.hasOwn(Class.prototype, BASE)) {
    throw new InvalidArgumentError("Class", Class, "a class of your own that extends it", `right: class Counter extends ${Class.name} { … }`)
  }
  const methods = new Set<string>()
  let prototype = Class.prototype
  for (; !Object.hasOwn(prototype, BASE); prototype = Object.getPrototypeOf(prototype) as object) readMethods(Class.name, prototype, methods)
  const { protocol, reentrant } = Class as unknown as { readonly protocol?: Protocol; readonly reentrant?: boolean }
  checkProtocol(Class.name, protocol, methods, OPEN in prototype)
  const { [BASE]: brought } = prototype as { readonly [BASE]: Framework | true }
  const framework = brought === true ? NOTHING : brought
  return makeType({ name: Class.name === "" ? "actor" : Class.name, methods, open: OPEN in prototype, protocol: protocol ?? null, reentrant: reentrant === true, ...framework })
}

function makeType(known: Omit<ActorType, "fieldsChecked" | "Call" | "Cast" | "Request">): ActorType {
  const { methods, name, open } = known
  const unknown = (method: string): ActorError => unknownMethod(name, method, methods)
  return {
    ...known,
    fieldsChecked: false,
    Call: makeFacade(methods, callTo, open, unknown),
    Cast: makeFacade(methods, castTo, open, unknown),
    Request: makeFacade(methods, requestTo, open, unknown),
  }
}

/** The type of a raw process: it has no methods. */
export function rawType(name: string): ActorType {
  return { ...RAW_TYPE, name }
}

function readMethods(className: string, prototype: object, methods: Set<string>): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (LIFECYCLE.has(name)) continue
    if (isVerb(prototype, name)) throw hidesVerb(className, name)
    if (name === "then") {
      throw new ActorError("reserved_name", `${className} has a method "then", which would make its references look like promises. Call it something else.`)
    }
    if (typeof value === "function") methods.add(name)
  }
}

/** Refuses fields that hide a verb: they are only there in an instance, so the first one of a class is looked at. */
export function checkFields(type: ActorType, actor: object): void {
  for (const name of Object.keys(actor)) if (isVerb(Object.getPrototypeOf(actor) as object, name)) throw hidesVerb(type.name, name)
  type.fieldsChecked = true
}

function hidesVerb(className: string, name: string): ActorError {
  return new ActorError("reserved_name", `${className} has a member "${name}", which hides what every actor can do by that name. Call it something else.`)
}

/** Whether a name is taken by Actor, or by the class of ours that is built on it. */
function isVerb(prototype: object, name: string): boolean {
  let base = prototype
  while (!Object.hasOwn(base, BASE)) base = Object.getPrototypeOf(base) as object
  return name in base && !(name in Object.prototype) && !isHook(base, name)
}

/** What a class of ours leaves to its subclasses. */
function isHook(base: object, name: string): boolean {
  const hooks = (base as Record<string, unknown>)["~hooks"] as readonly string[] | undefined
  return hooks?.includes(name) === true
}

function checkProtocol(name: string, protocol: unknown, methods: ReadonlySet<string>, open: boolean): void {
  if (protocol === undefined) return
  if (typeof protocol !== "object" || protocol === null) throw new InvalidArgumentError(`${name}.protocol`, protocol, "an object of schemas by method")
  for (const [method, schema] of Object.entries(protocol)) {
    if (!open && method !== "info" && !methods.has(method)) throw new InvalidArgumentError(`${name}.protocol.${method}`, schema, `left out: ${name} has no method of that name`)
    const standard = typeof schema === "object" || typeof schema === "function" ? ((schema as { "~standard"?: unknown } | null)?.["~standard"] as { validate?: unknown } | undefined) : undefined
    if (typeof standard?.validate !== "function") throw new InvalidArgumentError(`${name}.protocol.${method}`, schema, "a schema with ~standard.validate", "right: z.tuple([z.number()])")
  }
}

export function unknownMethod(className: string, method: string, methods: ReadonlySet<string>): ActorError {
  const known = [...methods]
  const list = known.length === 0 ? "It has no methods that can be called" : `It has ${known.join(", ")}`
  return new ActorError("unknown_method", `${className} has no method ${show(method)} that can be called. ${list}; what is private, inherited from Actor or assigned to a field is not callable.`)
}

/** The type of a raw process whose body has no name. */
export const RAW_TYPE: ActorType = makeType({ name: "process", methods: new Set(), open: false, protocol: null, reentrant: false, ...NOTHING })
