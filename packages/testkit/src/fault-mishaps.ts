/** Mishaps: beginnings and ends of processes that fail. Each that is met by a fault is a choice of its own, made right there. */
import type { Cell, Mishaps } from "@vivarium/actors/lowlevel"
import type { FaultTarget } from "./fault.ts"
import { meets } from "./fault-target.ts"
import type { Run } from "./run.ts"

/** Where something may fail. */
export type Mishap = "init" | "cleanUp"

interface Declared {
  readonly name: string
  readonly target: FaultTarget
  readonly error: unknown
  /** How often it may still happen. */
  left: number
}

export class FaultMishaps implements Mishaps {
  private readonly run: Run
  private readonly declared: Readonly<Record<Mishap, Declared[]>> = { init: [], cleanUp: [] }

  constructor(run: Run) {
    this.run = run
  }

  declare(where: Mishap, declared: Declared): void {
    this.declared[where].push(declared)
  }

  init(cell: Cell, Class: unknown): { readonly error: unknown } | null {
    return this.choose(this.declared.init, cell, Class)
  }

  cleanUp(cell: Cell): { readonly error: unknown } | null {
    return this.choose(this.declared.cleanUp, cell)
  }

  private choose(all: readonly Declared[], cell: Cell, Class?: unknown): { readonly error: unknown } | null {
    for (const declared of all) {
      if (declared.left === 0 || !meets(declared.target, cell, Class)) continue
      if (this.run.chooseFault(2, () => `${declared.name}: ${cell.ref.toString()}`) === 0) continue
      declared.left--
      return declared
    }
    return null
  }
}
