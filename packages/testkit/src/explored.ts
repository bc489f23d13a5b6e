/** The worlds of the runs that are going on: found by what happens in them, be it in a tasklet of theirs or in a plain callback. */
import type { System } from "@vivarium/actors"
import { shared } from "@vivarium/actors/lowlevel"
import type { RunLoop } from "@vivarium/core"
import { realm } from "@vivarium/core/lowlevel"
import type { TestTrees } from "./test-trees.ts"

/** What can be told of what happens in a run. */
export interface Explored {
  readonly scheduler: RunLoop
  readonly system: System
  /** What `startSupervised()` has started there. */
  trees: TestTrees | null
  /** A fault point of product code has been come to; says whether the fault happens. */
  happens(name: string): boolean
  /** A system has been made on its scheduler. */
  adopt(system: System): void
}

/** The same symbol as in fault-point.ts, which product code imports and which therefore imports nothing. */
const POINT: symbol = Symbol.for("vivarium.testkit.fault")

const globals = globalThis as unknown as Record<symbol, ((name: string) => boolean) | undefined>

/** The innermost last. */
const explored: Explored[] = []

export function enter(world: Explored): void {
  explored.push(world)
  globals[POINT] = ask
  shared.made = adopt
}

export function leave(world: Explored): void {
  const index = explored.lastIndexOf(world)
  if (index >= 0) explored.splice(index, 1)
  if (explored.length > 0) return
  globals[POINT] = undefined
  shared.made = null
}

function ask(name: string): boolean {
  const { current } = realm
  const asked = (current === null ? undefined : worldOn(current.scheduler)) ?? explored.at(-1)
  return asked !== undefined && asked.happens(name)
}

function adopt(system: System): void {
  worldOn(system.scheduler)?.adopt(system)
}

/** The world that runs on a scheduler. */
export function worldOn(scheduler: RunLoop): Explored | undefined {
  for (let index = explored.length - 1; index >= 0; index--) if (explored[index]?.scheduler === scheduler) return explored[index]
  return undefined
}
