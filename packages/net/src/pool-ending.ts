/**
 * Ending a connection of a pool, in a tasklet of its own. Its place is free when it has ended, and after five seconds at the latest: a connection that
 * hangs must not keep others from the service.
 */
import type { Body, Routine, RunLoop } from "@vivarium/core"
import { cancelTimer, type Entry, startTimer, type Timer } from "@vivarium/core/lowlevel"
import { outcomeOf } from "./handle.ts"
import { LINGER_MS } from "./limits.ts"
import { report } from "./report.ts"

/** What a connection's end is, and who is told of it. */
export interface EndingOptions {
  readonly destroy: () => unknown
  /** What it is, for reports. */
  readonly what: string
  /** Its place is free. */
  readonly onVacant: () => void
  /** It is over. */
  readonly onOver: () => void
}

class Ending implements Entry {
  private readonly loop: RunLoop
  private readonly options: EndingOptions
  private timer: Timer | null

  constructor(loop: RunLoop, options: EndingOptions) {
    this.loop = loop
    this.options = options
    this.timer = startTimer(loop, loop.clock.now() + LINGER_MS, this)
  }

  /** It takes too long. */
  enter(): void {
    this.timer = null
    this.options.onVacant()
  }

  *work(): Routine {
    const { loop, options } = this
    try {
      yield* outcomeOf(options.destroy())
    } catch (error) {
      report(loop, undefined, error, undefined, options.what)
    } finally {
      if (this.timer !== null) {
        cancelTimer(loop, this.timer)
        this.enter()
      }
      options.onOver()
    }
  }
}

/** Ends a connection; an error that this raises is reported. */
export function endConnection(loop: RunLoop, options: EndingOptions): void {
  const ending = new Ending(loop, options)
  loop.launch(loop.create(working as Body<never> as Body, ending))
}

function working(ending: Ending): Routine {
  return ending.work()
}
