/** Playing runs, with what the host offers trapped, and with turns of the host where they are needed. */
import { host, Trap } from "./globals.ts"
import { Run, type RunSettings, type RunTurn, type Watcher } from "./run.ts"
import type { Chooser } from "./strategy.ts"

/** When the host gets a turn: in the middle of a run, or between two. */
export type Turn = RunTurn | "between"

export class Player {
  private readonly settings: RunSettings
  private readonly trap: Trap | null
  private current: Run | null = null

  constructor(settings: RunSettings, trapped: boolean) {
    this.settings = settings
    this.trap = trapped ? new Trap(settings.promises || settings.free, (error) => this.current?.refuse(error)) : null
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
    const { trap } = this
    try {
      for (;;) {
        const step = trap === null ? work.next() : trap.within(() => work.next())
        if (step.done === true) return step.value
        if (step.value === "between") trap?.open()
        await (step.value === "patient" ? host.pause() : host.turn())
      }
    } finally {
      trap?.open()
    }
  }
}
