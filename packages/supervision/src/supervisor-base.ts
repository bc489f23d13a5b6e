/** What all supervisors are: actors that trap exits, whose messages are the wishes of those who manage them and the news of their children. */
import { Actor, type ExitReason, type Ref, stop } from "@vivarium/actors"
import { describeValue, Ignore, own, Stop, waitFor } from "@vivarium/actors/lowlevel"
import type { Routine } from "@vivarium/core"
import { SpecError } from "./errors.ts"
import { Refused, type Wish } from "./manage.ts"
import { News } from "./news.ts"
import { CheckedFlags, type Settings } from "./settings.ts"
import { hostOf } from "./start-function.ts"
import { Supervision } from "./supervision.ts"
import { type SupervisorTree, treeOf } from "./tree.ts"

/** What a supervisor deals with by itself. */
const OURS = ["info", "exit", "down", "terminate", "snapshot", "restore"]

/** The base of the classes of supervisors. */
export abstract class SupervisorBase extends Actor {
  #supervision: Supervision | null = null

  /** Called by the system alone: see `System.spawn`. */
  constructor() {
    super()
    const ours = SupervisorBase.prototype as unknown as Readonly<Record<string, unknown>>
    const mine = this as unknown as Readonly<Record<string, unknown>>
    for (const name of OURS) {
      if (mine[name] !== ours[name]) throw new SpecError(`class ${new.target.name}`, name, mine[name], "left out: a supervisor deals with that by itself", "right: let a child of it do the work.")
    }
    this.trapExit = true
  }

  /** @internal Null until `init` has given the flags. */
  get "~supervision"(): Supervision | null {
    return this.#supervision
  }

  /** @internal Checks what `init` has given. */
  abstract "~flags"(given: unknown): Settings

  /** @internal Called instead of `init`. */
  *"~begin"(...args: readonly unknown[]): Routine<unknown> {
    const { init } = this as { readonly init?: unknown }
    if (typeof init !== "function") throw new SpecError(`class ${this.constructor.name}`, "init", init, "a method that gives the flags", "right: init() { return { children: [] } }")
    const cell = this["~cell"]
    if (cell.settings.reentrant || cell.type.reentrant) throw new SpecError(`class ${this.constructor.name}`, "reentrant", true, "left out: a supervisor does one thing after another", "right: let a child of it do the work.")
    const given = yield* waitFor(init.apply(this, args as unknown[]))
    if (given instanceof Ignore || given instanceof Stop) return given
    const supervision = new Supervision(hostOf(this), cell, given instanceof CheckedFlags ? given.settings : this["~flags"](given))
    this.#supervision = supervision
    own(cell, supervision)
    const failed = yield* supervision.open()
    return failed === null ? undefined : stop(failed)
  }

  /** @internal Fulfils a wish in its turn. */
  *"~manage"(wish: Wish): Routine<unknown> {
    try {
      return yield* wish(this.#supervision as Supervision)
    } catch (error) {
      return new Refused(error)
    }
  }

  /** Called by the system alone. */
  info(message: unknown): unknown {
    if (message instanceof News) return message.handle(this.#supervision as Supervision)
    const { ref, world } = this["~cell"]
    world.counters.unhandled++
    world.events.emit("unhandled", { ref, message })
    world.log?.(`${ref.toString()} got a message that means nothing to a supervisor: ${describeValue(message)}.`)
    return undefined
  }

  /** Called by the system alone: the end of somebody who is no child is no concern of a supervisor. */
  exit(_from: Ref<unknown> | undefined, _reason: ExitReason): void {}

  /** Called by the system alone. */
  terminate(): unknown {
    return this.#supervision?.close()
  }

  /** What tools see of it: the tree. */
  snapshot(): SupervisorTree {
    return treeOf(this["~cell"], this.#supervision)
  }
}
