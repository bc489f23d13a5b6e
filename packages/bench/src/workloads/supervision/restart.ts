import { Actor, ExitReason, type Process, type Ref, System } from "@vivarium/actors"
import { run, type Routine } from "@vivarium/core"
import { child, supervisor } from "@vivarium/supervision"
import type { StagedBody, TimedWork } from "../../workload.ts"

/** How many children the supervisor has. */
const children = 1_000

type Way = "exit" | "fail"

/** Tells who drives the bench when it is up. */
class Crasher extends Actor {
  init(driver: Ref<Process<Ref<Crasher>>>): void {
    driver.send(this.self as Ref<Crasher>)
  }

  /** Ends with a reason, as `exit(boom)` does in Erlang: nothing is unwound, no stack is recorded. */
  quit(): void {
    this.stop(ExitReason.custom("boom"))
  }

  /** Ends by an error with its stack. */
  fail(): void {
    throw new Error("boom")
  }
}

/** Crashes before the time is taken: a collection between two rounds throws the optimised code away along with the system that it was made for. */
const untimed = 50_000

function prepare(way: Way, size: number): TimedWork {
  const system = new System({ log: false })
  const progress = { restarts: 0 }
  const driver = system.spawn(drive, { args: [way, size, progress] })
  run()
  return () => {
    progress.restarts = 0
    driver.send("begin")
    run()
    return progress.restarts
  }
}

/** Starts the tree, and crashes its children: once to warm up, and once when it is told to. The limit is finite, so that the supervisor keeps its whole window. */
function* drive(self: Process<Ref<Crasher> | "begin">, way: Way, size: number, progress: { restarts: number }): Routine {
  const specs = Array.from({ length: children }, (_, id) => child(Crasher, { id, args: [self.self as Ref<Process<Ref<Crasher>>>] }))
  yield* self.start(supervisor({ maxRestarts: 1_000_000_000, children: specs }))
  const up: Ref<Crasher>[] = []
  for (let one = 0; one < children; one++) up.push((yield* self.receive()) as Ref<Crasher>)
  yield* crash(self, up, way, untimed, progress)
  yield* self.receive()
  yield* crash(self, up, way, size, progress)
}

/** One child after another, each when the one before is up again. */
function* crash(self: Process<Ref<Crasher> | "begin">, up: Ref<Crasher>[], way: Way, times: number, progress: { restarts: number }): Routine {
  for (let round = 0; round < times; round++) {
    const at = round % children
    const { cast } = up[at] as Ref<Crasher>
    if (way === "exit") cast.quit()
    else cast.fail()
    up[at] = (yield* self.receive()) as Ref<Crasher>
    progress.restarts++
  }
}

const body = (way: Way): StagedBody => ({
  measures: "stage",
  prepare: (size) => prepare(way, size),
  operations: (size) => size,
  expected: (size) => size,
})

export const restart: StagedBody = body("exit")
export const restartError: StagedBody = body("fail")
