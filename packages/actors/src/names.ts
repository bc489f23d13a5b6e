/** Names: who is called what, in one system. A name has one process; a process may have several. */
import { InvalidArgumentError } from "@vivarium/core"
import type { Cell } from "./cell.ts"
import { NameTakenError } from "./errors.ts"
import type { SystemEvents } from "./events.ts"
import { type Belonging, disown, extrasOf, own } from "./extras.ts"
import type { Ref } from "./ref.ts"
import type { System } from "./system.ts"

/**
 * A place where names are kept: pass one as `name` to register elsewhere than in the system, as `registry.via(key)` does. Erlang:
 * `{via, Module, Name}`.
 */
export interface Via {
  /** How reports show it. */
  readonly describe: string
  /** In which system; if it does not say, whoever uses it must. */
  readonly system?: System
  /** Takes the name for a process; raises NameTakenError if it is taken. Called before the process runs. */
  register(ref: Ref<unknown>): void
  /** Who holds it now. */
  resolve(): Ref<unknown> | undefined
}

export class Names {
  private readonly held = new Map<string, NameHeld>()
  private readonly events: SystemEvents

  constructor(events: SystemEvents) {
    this.events = events
  }

  get size(): number {
    return this.held.size
  }

  find(name: string): Cell | undefined {
    return this.held.get(name)?.cell
  }

  list(): readonly string[] {
    return [...this.held.keys()]
  }

  register(name: string, cell: Cell): void {
    checkName("name", name)
    const holder = this.held.get(name)
    if (holder !== undefined) throw new NameTakenError(name, holder.cell.ref)
    const belonging = new NameHeld(name, cell, this)
    this.held.set(name, belonging)
    own(cell, belonging)
    const extras = extrasOf(cell)
    extras.name ??= name
    this.events.emit("registered", { name, ref: cell.ref })
  }

  /** Says whether the name was held. */
  unregister(name: string): boolean {
    const belonging = this.held.get(name)
    if (belonging === undefined) return false
    disown(belonging.cell, belonging)
    belonging.release()
    return true
  }

  /** @internal */
  free(belonging: NameHeld): void {
    this.held.delete(belonging.name)
    this.rename(belonging)
    this.events.emit("unregistered", { name: belonging.name, ref: belonging.cell.ref })
  }

  /** One that lives on is called by another of its names, if it has one. What has ended keeps the name that it is remembered by. */
  private rename({ cell, name }: NameHeld): void {
    if (!cell.alive || cell.extras === null || cell.extras.name !== name) return
    cell.extras.name = undefined
    for (const belonging of cell.extras.belongings ?? []) if (belonging instanceof NameHeld) cell.extras.name ??= belonging.name
  }
}

class NameHeld implements Belonging {
  readonly name: string
  readonly cell: Cell
  private readonly names: Names

  constructor(name: string, cell: Cell, names: Names) {
    this.name = name
    this.cell = cell
    this.names = names
  }

  release(): void {
    this.names.free(this)
  }
}

export function checkName(argument: string, name: unknown): asserts name is string {
  if (typeof name !== "string" || name === "") throw new InvalidArgumentError(argument, name, "a string that is not empty", 'right: system.spawn(Counter, { name: "counter" })')
}
