/** Playing runs, with what the host offers trapped, and with turns of the host where they are needed. */
import { host, trapGlobals } from "./globals.ts"
import { Run, type RunSettings, type Watcher } from "./run.ts"
import type { Chooser } from "./strategy.ts"

/** When the host gets a turn: in the middle of a run, or between two. */
export type Turn = "inside" | "between"

export class Player {
  private readonly settings: RunSettings
  private readonly trapped: boolean
  private current: Run | null = null

  constructor(settings: RunSettings, trapped: boolean) {
    this.settings = settings
    this.trapped = trapped
  }

  /** Plays one run. Raises ScenarioError if the scenario cannot be controlled, and ReplayMismatchError if a code does not fit. */
  *play(chooser: Chooser, watcher?: Watcher, settings: RunSettings = this.settings): Generator<Turn, Run, undefined> {
    const run = new Run(settings, chooser, watcher)
    this.current = run
    yield* run.play()
    if (run.refused !== null) throw run.refused
    return run
  }

  /** Does work that plays runs. It has begun when this returns, and has been done unless it needs a turn of the host. */
  async drive<T>(work: Generator<Turn, T, undefined>): Promise<T> {
    for (;;) {
      let putBack = this.trap()
      try {
        const step = work.next()
        if (step.done === true) return step.value
        if (step.value === "between") {
          putBack()
          putBack = nothing
        }
        await host.turn()
      } finally {
        putBack()
      }
    }
  }

  private trap(): () => void {
    return this.trapped ? trapGlobals((error) => this.current?.refuse(error)) : nothing
  }
}

function nothing(): void {}
