/** Which system is meant where nobody says so: that of the current process, else the only one that runs. */
import { InvalidArgumentError } from "@vivarium/core"
import { currentCell } from "./current.ts"
import { ActorError } from "./errors.ts"
import { System } from "./system.ts"

export function defaultSystem(): System | undefined {
  const cell = currentCell()
  if (cell !== null) return cell.world.system as System
  const running = System["~running"]()
  return running.length === 1 ? running[0] : undefined
}

/** Whether it is a system, of whichever copy of this package. */
export function isSystem(value: unknown): value is System {
  return typeof value === "object" && value !== null && "~world" in value
}

/** The system of an option, or the default one. */
export function readSystem(what: string, given: unknown, example: string): System {
  if (given !== undefined && !isSystem(given)) {
    throw new InvalidArgumentError("system", given, "a System", `right: ${example}`)
  }
  const system = given ?? defaultSystem()
  if (system === undefined) throw noSystem(what, example)
  return system
}

export function noSystem(what: string, example: string): ActorError {
  const count = System["~running"]().length
  const systems = count === 1 ? "1 system runs" : `${count} systems run`
  return new ActorError("no_system", `${what} outside of any actor while ${systems}, so nobody knows in which. Say it: ${example}.`)
}
