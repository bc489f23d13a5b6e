/** Traces: what happened in one run, slice by slice, in words. Only runs that are looked at are traced. */
import type { Tasklet } from "@vivarium/core"
import { describeTasklet } from "./describe.ts"
import type { Run, Watcher } from "./run.ts"

/** One slice. */
export interface Step {
  /** Counted from 1. */
  readonly number: number
  /** Milliseconds of the world's clock. */
  readonly at: number
  /** Who ran. */
  readonly tasklet: string
  /** What it has done, one by one. */
  readonly did: readonly string[]
  /** What it waits for since, or how it has ended. */
  readonly then: string
}

export class Trace implements Watcher {
  readonly steps: Step[] = []
  private tool: Disposable | null = null
  private did: string[] = []

  begin({ scheduler }: Run): void {
    this.tool = scheduler.instrument({
      created: (tasklet) => void this.did.push(`creates ${describeTasklet(tasklet)}`),
      channel: ({ action, channel }) => void this.did.push(`${action}s on ${channel.name ?? "a channel"}`),
    })
  }

  sliced({ clock, ran }: Run): void {
    if (ran === null) return
    this.steps.push({ number: this.steps.length + 1, at: clock.now(), tasklet: describeTasklet(ran), did: this.did, then: conditionOf(ran) })
    this.did = []
  }

  ended(): void {
    this.tool?.[Symbol.dispose]()
  }
}

function conditionOf(tasklet: Tasklet): string {
  if (!tasklet.alive) return "ends"
  return tasklet.blocked || tasklet.paused ? `waits for ${tasklet.waitingFor ?? "nothing"}` : "gives way"
}

/** The first slice that is not the same, in words, or null. */
export function firstDifference(one: Trace, other: Trace): string | null {
  const length = Math.max(one.steps.length, other.steps.length)
  for (let at = 0; at < length; at++) {
    const [a, b] = [inWords(one.steps[at]), inWords(other.steps[at])]
    if (a !== b) return `slice ${at + 1} was "${a}" and then "${b}"`
  }
  return null
}

function inWords(step: Step | undefined): string {
  return step === undefined ? "the end" : [`${step.tasklet} at ${step.at} ms`, ...step.did, step.then].join(", ")
}
