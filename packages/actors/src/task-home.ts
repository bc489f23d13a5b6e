/** Where a task lives, and for whom it works: settled when it is started. */
import { InvalidArgumentError } from "@vivarium/core"
import type { Cell } from "./cell.ts"
import { currentCell } from "./current.ts"
import { ActorError } from "./errors.ts"
import { live } from "./living.ts"
import { cellOf, type Self } from "./self.ts"
import type { System } from "./system.ts"
import type { World } from "./world.ts"

/** Where a task lives, and who may wait for it: anybody, if it has no owner. */
export interface Home {
  readonly world: World
  readonly owner: Cell | null
  /** Whether the end of one is a signal to the other. */
  readonly linked: boolean
}

/** The options that say it. */
export interface HomeOptions {
  readonly link?: boolean | undefined
  readonly from?: Self | undefined
  readonly system?: System | undefined
}

/** Reads them; `call` shows the right one, up to its options. */
export function homeOf({ from, link, system }: HomeOptions, call: string): Home {
  if (link !== undefined && typeof link !== "boolean") throw new InvalidArgumentError("link", link, "true or false")
  if (system === undefined) {
    const owner = ownerOf(from, call)
    return { world: owner.world, owner, linked: link !== false }
  }
  if (from !== undefined) throw new InvalidArgumentError("system", system, "left out where from is given: a task lives where its owner does")
  if (link === true) throw new InvalidArgumentError("link", link, "left out where system is given: such a task has no owner to be linked to")
  const world: unknown = typeof system === "object" && system !== null ? system["~world"] : undefined
  if (world === undefined) throw new InvalidArgumentError("system", system, "a System", `right: ${call}{ system })`)
  return { world: world as World, owner: null, linked: false }
}

function ownerOf(from: unknown, call: string): Cell {
  if (from !== undefined) {
    const given = cellOf(from)
    if (given === undefined) throw new InvalidArgumentError("from", from, "an actor or a raw process", `right: ${call}{ from: this })`)
    return live({ "~cell": given })
  }
  const current = currentCell()
  if (current !== null) return live({ "~cell": current })
  throw new ActorError(
    "no_process",
    "a task needs an owner, and there is no current process here: plain code, async code after its first await, and tasklets of your own belong to none.\n" +
      `  right: ${call}{ from: this }) in an async method\n` +
      `  right: ${call}{ system }) in plain code: then anybody may wait for it, and it is linked to nobody`,
  )
}

/** Refuses what another process than its owner does with a task. Code outside of any process is taken at its word. */
export function checkOwner(what: string, owner: Cell | null, name: string): void {
  const current = currentCell()
  if (owner === null || current === null || current === owner) return
  throw new ActorError(
    "not_owner",
    `${what} of ${name} by ${current.ref.toString()}: it belongs to ${owner.ref.toString()}, and only the process that has started a task may wait for it. Let that one send the result on.`,
  )
}
