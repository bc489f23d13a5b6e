/**
 * Step faults: declared once, and possible at each switch from then on, until they have happened as often as they may.
 *
 * At a switch where any is possible there is one choice: none, or one of them, in the order in which they were declared, and for each in the order in which its targets were
 * started. Nothing runs at a switch, so a fault never comes in the middle of a slice; what it does is what a process or a clock could do there by itself.
 */
import type { System } from "@vivarium/actors"
import type { Cell } from "@vivarium/actors/lowlevel"
import { Tasklet } from "@vivarium/core"
import type { FaultTarget } from "./fault.ts"
import { processesOf } from "./fault-target.ts"
import type { Run } from "./run.ts"

/** What a fault does. */
export interface Mischief {
  readonly name: string
  readonly target: FaultTarget | Tasklet | null
  /** Whether it can hit this one now; null stands for the world. */
  possible(subject: Cell | Tasklet | null): boolean
  strike(subject: Cell | Tasklet | null): void
}

interface Declared {
  readonly mischief: Mischief
  left: number
}

interface Possible {
  readonly declared: Declared
  readonly subject: Cell | Tasklet | null
}

export class StepFaults {
  private readonly run: Run
  private declared: Declared[] = []
  /** Those that could not happen at any switch so far, by name. */
  readonly idle = new Set<string>()

  constructor(run: Run) {
    this.run = run
  }

  get some(): boolean {
    return this.declared.length > 0
  }

  declare(mischief: Mischief, times: number): void {
    this.declared.push({ mischief, left: times })
    this.idle.add(mischief.name)
  }

  /** At a switch: one of them happens, or none. */
  strike(systems: readonly System[]): void {
    if (this.declared.length === 0) return
    const possible = this.possible(systems)
    if (possible.length === 0) return
    const index = this.run.chooseFault(1 + possible.length, (chosen) => inWords(possible[chosen - 1] as Possible))
    if (index === 0) return
    const { declared, subject } = possible[index - 1] as Possible
    if (--declared.left === 0) this.declared = this.declared.filter((one) => one !== declared)
    declared.mischief.strike(subject)
  }

  private possible(systems: readonly System[]): Possible[] {
    const all: Possible[] = []
    for (const declared of this.declared) {
      const { mischief } = declared
      for (const subject of this.subjectsOf(mischief.target, systems)) {
        if (!mischief.possible(subject)) continue
        all.push({ declared, subject })
        if (this.idle.size > 0) this.idle.delete(mischief.name)
      }
    }
    return all
  }

  private subjectsOf(target: FaultTarget | Tasklet | null, systems: readonly System[]): readonly (Cell | Tasklet | null)[] {
    return target === null || target instanceof Tasklet ? [target] : processesOf(target, systems, this.run.scheduler)
  }
}

function inWords({ declared: { mischief }, subject }: Possible): string {
  const { name } = mischief
  if (subject === null || subject instanceof Tasklet) return name
  const process = subject.ref.toString()
  return name.includes(process) ? name : `${name}: ${process}`
}
