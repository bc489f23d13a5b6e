/** Late timers: time jumps past the next timer to the one after that, so that both are due together. */
import type { Run } from "./run.ts"

interface Declared {
  readonly name: string
  times: number
}

export class LateTimers {
  private readonly run: Run
  private readonly declared: Declared[] = []

  constructor(run: Run) {
    this.run = run
  }

  declare({ name, times }: Readonly<Declared>): void {
    this.declared.push({ name, times })
  }

  /** To when time jumps, the next timer being due at `at`. */
  jump(at: number): number {
    const declared = this.declared.find(({ times }) => times > 0)
    if (declared === undefined) return at
    const later = this.run.scheduler.timers?.nextAfter(at) ?? Infinity
    if (later === Infinity || this.run.chooseFault(2, () => declared.name) === 0) return at
    declared.times--
    return later
  }
}
