/** Scenes: who took part in a run, and what passed between them, in order. A diagram is drawn of it. */
import type { Tasklet } from "@vivarium/core"
import type { Cell } from "@vivarium/actors/lowlevel"
import { describeProcess, describeTasklet } from "./describe.ts"

/** A process, or a tasklet that belongs to none. */
export type Party = Tasklet | Cell

/** How an arrow is drawn: a call, something that nobody waits for, an answer, and what never arrives. */
export type ArrowStyle = "call" | "send" | "answer" | "lost"

/** Something that has happened: an arrow, or a note over one party. */
export interface Happening {
  readonly from: Party
  /** Null for a note. */
  readonly to: Party | null
  readonly style: ArrowStyle
  readonly text: string
  /** The number of the slice. */
  readonly step: number
  readonly at: number
}

/** The process that a tasklet works for, else itself. */
export function partyOf(tasklet: Tasklet): Party {
  return (tasklet.owner as Cell | null) ?? tasklet
}

export function describeParty(party: Party): string {
  return "world" in party ? describeProcess(party) : describeTasklet(party)
}

export class Scene {
  readonly happenings: Happening[] = []

  /** Whether anything has happened in a slice. */
  has(step: number): boolean {
    return this.happenings.at(-1)?.step === step
  }

  add(happening: Happening): void {
    this.happenings.push(happening)
  }
}
