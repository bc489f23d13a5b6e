/** Whom a fault may hit: what the user has named, checked, and the processes that it stands for at some moment. */
import { Ref, type System } from "@vivarium/actors"
import { type Birth, type Cell, DEAD, isActorClass, UNBORN } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError, type RunLoop, Tasklet } from "@vivarium/core"
import type { FaultClass, FaultTarget } from "./fault.ts"

const ALLOWED = "a reference, the name of a process or a class of actors"

export function readTarget(target: unknown, what: string, allowed = ALLOWED): FaultTarget {
  if (target instanceof Ref || isActorClass(target) || (typeof target === "string" && target !== "")) return target as FaultTarget
  throw new InvalidArgumentError("target", target, allowed, `right: fault.${what}(Worker), fault.${what}(ref), fault.${what}("queen")`)
}

export function readTargetOrTasklet(target: unknown, what: string, main: Tasklet): FaultTarget | Tasklet {
  if (target === main) throw new InvalidArgumentError("target", target, "another one than the tasklet of the scenario, on which all depends")
  return target instanceof Tasklet ? target : readTarget(target, what, `${ALLOWED}, or a tasklet`)
}

/** As reports call it. */
export function describeTarget(target: FaultTarget | Tasklet): string {
  if (typeof target === "string") return JSON.stringify(target)
  if (target instanceof Tasklet || typeof target === "function") return target.name
  return target.toString()
}

/** The processes that it stands for now, the oldest first. */
export function processesOf(target: FaultTarget, systems: readonly System[], scheduler: RunLoop): readonly Cell[] {
  if (typeof target === "function") return systems.flatMap((system) => [...system["~world"].cells()].filter((cell) => isOf(cell, target)))
  if (typeof target === "string") return systems.flatMap((system) => system["~world"].names.find(target) ?? [])
  const cell = target["~resolve"]()
  return cell === null || cell.state === DEAD || cell.loop !== scheduler ? [] : [cell]
}

/** Whether it stands for a process; `Class` is its own while it is being constructed. */
export function meets(target: FaultTarget, cell: Cell, Class?: unknown): boolean {
  if (typeof target === "function") return Class === undefined ? isOf(cell, target) : isClassOf(Class, target)
  if (typeof target === "string") return cell.world.names.find(target) === cell
  return target["~resolve"]() === cell
}

function isOf(cell: Cell, Class: FaultClass): boolean {
  return cell.state === UNBORN ? isClassOf((cell.actor as Birth | undefined)?.what, Class) : cell.actor instanceof Class
}

function isClassOf(own: unknown, Class: FaultClass): boolean {
  return own === Class || (typeof own === "function" && own.prototype instanceof Class)
}
