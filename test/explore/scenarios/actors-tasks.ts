/** Tasks, streams of tasks, agents and event managers: results come once, and nothing outlives its owner. */
import { Agent, CallError, Exit, ExitReason, EventManager, HandlerExit, type Process, StopError, Task, TaskError } from "@vivarium/actors"
import { group, type Routine, schedule, select, sleep } from "@vivarium/core"
import type { Scenario, World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { onceAnywhere } from "./once-anywhere.ts"

function* work<T>(result: T, turns = 2): Routine<T> {
  for (let turn = 0; turn < turns; turn++) yield* schedule()
  return result
}

/** Awaits two tasks, one of which is killed somewhere. */
function awaits(link: boolean): Scenario {
  return function* (world: World): Routine {
    const { check, system } = world
    const owner = system.spawn(
      function* owner(self: Process<unknown>): Routine {
        const tasks = [Task.async(() => work("a"), { link }), Task.async(() => work("b", 1), { link })] as const
        onceAnywhere(world, "a is killed", () => tasks[0].ref.exit(ExitReason.kill))
        let failed = ""
        try {
          const values = yield* Task.awaitMany(tasks)
          check("the results come in their order", values.join() === "a,b")
        } catch (error) {
          if (!(error instanceof TaskError)) throw error
          failed = `${error.code} ${error.reason.kind}`
          check("the failure is that of a", failed === "exit killed" && error.task === String(tasks[0].ref))
        }
        check("b is done, sooner or later", (yield* Task.await(tasks[1])) === "b")
        const looked = yield* Task.yield(tasks[0], { timeoutMs: 0 })
        check("who looks again sees the same", looked?.kind === (failed === "" ? "ok" : "exit"))
        yield* sleep(1)
        const left: unknown[] = []
        self.sendAfter(0, "end")
        for (let message = yield* self.receive(); message !== "end"; message = yield* self.receive()) left.push(message)
        const exits = left.filter((one) => one instanceof Exit).length
        check("a linked task tells by its link, one that is not by nothing once it was waited for", left.length === exits && exits === (link ? 2 : 0))
      },
      { trapExit: true },
    )
    const reason = yield* owner.join()
    check("the owner came to its end", reason.kind === "normal")
  }
}

/** A result in the millisecond of its time-out. */
function* timeoutTies({ check, system }: World): Routine {
  const task = Task.async(
    function* () {
      yield* sleep(10)
      return "done"
    },
    { system },
  )
  const outcomes: string[] = []
  yield* group(function* (members) {
    for (const how of ["await", "yield", "shutdown"] as const) {
      members.spawn(function* (): Routine {
        if (how === "await") {
          try {
            outcomes.push(`await ${yield* Task.await(task, { timeoutMs: 10 })}`)
          } catch (error) {
            if (!(error instanceof TaskError)) throw error
            outcomes.push(`await ${error.code}`)
          }
        } else if (how === "yield") outcomes.push(`yield ${(yield* Task.yield(task, { timeoutMs: 10 }))?.kind ?? "nothing"}`)
        else {
          yield* sleep(10)
          outcomes.push(`shutdown ${(yield* Task.shutdown(task))?.kind ?? "nothing"}`)
        }
      })
    }
  })
  check("each has an outcome", outcomes.length === 3 && outcomes.every((one) => /^(await (done|timeout|exit)|yield (ok|nothing|exit)|shutdown (ok|nothing))$/.test(one)))
  const isDone = outcomes.includes("shutdown ok")
  check("a result that is there is there for all who look afterwards", (yield* Task.yield(task, { timeoutMs: 0 }))?.kind === (isDone ? "ok" : "exit"))
  check("no two see different ends", !(isDone && outcomes.some((one) => one.endsWith("exit"))))
}

/** A task that is shut down while it ends by itself, by an owner who may be killed over it. */
function* shutdowns(world: World): Routine {
  const { check, system } = world
  let task: Task<string> | undefined
  const outcomes: string[] = []
  const owner = system.spawn(function* owner(self: Process<unknown>): Routine {
    const mine = Task.async(function* () {
      try {
        yield* schedule()
        return "done"
      } finally {
        yield* schedule()
      }
    })
    task = mine
    yield* schedule()
    const outcome = yield* Task.shutdown(mine)
    outcomes.push(outcome === undefined ? "ended" : outcome.kind === "ok" ? outcome.value : outcome.reason.kind)
    check("it has ended", !mine.ref.alive)
    self.sendAfter(0, "end")
    check("the owner is told nothing", (yield* self.receive()) === "end")
  })
  onceAnywhere(world, "the owner is killed", () => owner.exit(ExitReason.kill))
  onceAnywhere(world, "the task fails", () => task?.ref.exit(ExitReason.custom("failed")))
  const reason = yield* owner.join()
  if (task !== undefined) yield* task.ref.join()
  check("it was ended, had its result, or had failed", outcomes.every((one) => /^(ended|done|custom)$/.test(one)))
  check("its owner shares its failure, unless it had taken the link away", /^(normal|killed|custom)$/.test(reason.kind) && (reason.kind !== "normal" || outcomes.length === 1))
}

/** So many turns are never taken: it is ended before. */
const LONG = 100

/** A stream, read to its end or left early, whose owner may be killed. */
function streams(ordered: boolean, isLeft: boolean): Scenario {
  return function* (world: World): Routine {
    const { check, system } = world
    let running = 0
    let most = 0
    const got: string[] = []
    const owner = system.spawn(
      function* owner(self: Process<unknown>): Routine {
        using stream = Task.stream(
          isLeft ? [1, 1, LONG, LONG] : [3, 1, 2, 0],
          function* (turns: number): Routine<string> {
            running++
            most = Math.max(most, running)
            try {
              if (turns === LONG) yield* sleep(1000)
              return yield* work(String(turns), turns)
            } finally {
              running--
            }
          },
          { maxConcurrency: 2, ordered },
        )
        for (let one = yield* stream.next(); !one.done; one = yield* stream.next()) {
          got.push(one.value.kind === "ok" ? one.value.value : "failed")
          if (isLeft && got.length === 2) break
        }
        stream[Symbol.dispose]()
        yield* sleep(1)
        check("it is over soon", world.clock.now() < 100)
        check("none runs when it is over", running === 0 && self.children.length === 0)
      },
      { trapExit: true },
    )
    onceAnywhere(world, "a task is killed", () => [...system.processes].find((ref) => ref !== owner)?.exit(ExitReason.kill))
    onceAnywhere(world, "the owner is killed", () => owner.exit(ExitReason.kill))
    const reason = yield* owner.join()
    yield* sleep(1)
    check("none outlives its owner", running === 0 && system.processes.length === 0 && world.clock.now() < 100)
    check("so many at a time", most <= 2)
    const done = got.filter((one) => one !== "failed")
    check("each result comes once", isLeft || new Set(done).size === done.length)
    if (ordered && !isLeft) check("the results come in order", done.join() === ["3", "1", "2", "0"].filter((one) => done.includes(one)).join())
    check("one that is killed is an element, too", reason.kind === "killed" || (reason.kind === "normal" && got.length === (isLeft ? 2 : 4) && done.length >= got.length - 1))
  }
}

/** Functions that are applied to one state, by callers who may be killed in the middle. */
function* agents(world: World): Routine {
  const { check, system } = world
  const honey = yield* Agent.start(system, () => 0)
  const taken: number[] = []
  const bees = [1, 2, 3].map(() =>
    system.spawn(function* bee(): Routine {
      yield* honey.call.update(function* (drops) {
        yield* schedule()
        return drops + 1
      })
      taken.push(yield* honey.call.getAndUpdate((drops) => [drops, drops] as const))
    }),
  )
  onceAnywhere(world, "a bee is killed", () => bees[0]?.exit(ExitReason.kill))
  for (const bee of bees) yield* bee.join()
  const drops = yield* honey.call.get((state) => state)
  check("no update is lost, none is done twice", drops === 3 || (drops === 2 && taken.length === 2))
  check("each sees its own", taken.every((one) => one >= 1 && one <= 3))
}

/** A handler that takes its time, and one that fails. */
class Tally {
  #log!: string[]

  init(log: string[]): void {
    this.#log = log
  }

  *handleEvent(event: string): Routine {
    this.#log.push(`${event} begins`)
    yield* schedule()
    if (event === "bad") throw new Error("cannot count that")
    this.#log.push(`${event} ends`)
  }

  terminate(): void {
    this.#log.push("off")
  }
}

/** Handlers that belong to a process, which ends; or fail; or go with their manager. */
function* eventManagers(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const told: string[] = []
  const manager = system.spawn(EventManager<string>)
  let isKilled = false
  onceAnywhere(world, "the manager is killed", () => {
    isKilled = manager.alive
    manager.exit(ExitReason.kill)
  })
  const owner = system.spawn(
    function* owner(self: Process<unknown>): Routine {
      try {
        yield* manager.call.addSupervised(Tally, log)
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        return
      }
      for (let message = yield* self.receive(); message !== "end"; message = yield* self.receive()) {
        if (message instanceof HandlerExit) told.push((message.reason as ExitReason).kind)
        if (message instanceof Exit) told.push(`link ${message.reason.kind}`)
      }
    },
    { trapExit: true },
  )
  let isOrphaned = false
  onceAnywhere(world, "the owner is killed", () => {
    isOrphaned = owner.alive
    owner.exit(ExitReason.kill)
  })
  yield* schedule()
  for (const event of ["one", "bad", "two"]) manager.cast.notify(event)
  try {
    yield* manager.call.syncNotify("three")
    const handlers = yield* manager.call.handlers()
    check("what fails is taken off", handlers.length === 0 || !log.includes("bad begins"))
  } catch (error) {
    if (!(error instanceof CallError)) throw error
  }
  owner.send("end")
  yield* owner.join()
  yield* sleep(1)
  check("a handler ends once", log.filter((one) => one === "off").length <= 1)
  check("it hears nothing after its end", !log.includes("off") || log.at(-1) === "off")
  check("its owner is told once", told.filter((one) => !one.startsWith("link")).length <= 1)
  try {
    if (isOrphaned) check("a handler goes with its owner", (yield* manager.call.handlers()).length === 0)
    yield* manager.stop()
  } catch (error) {
    if (!(error instanceof StopError || error instanceof CallError)) throw error
    check("it cannot be asked or stopped if it was killed", isKilled)
  }
  check("no handler outlives its manager, which ends them in order unless it is killed", isKilled || !log.includes("one ends") || log.includes("off"))
}

/** Tasks as alternatives: the first counts, the other is shut down. */
function* racingTasks(world: World): Routine {
  const { check, system } = world
  const winners: string[] = []
  const owner = system.spawn(function* owner(): Routine {
    const [rose, lily] = [Task.async(() => work("rose")), Task.async(() => work("lily"))] as const
    const { key, value } = yield* select({ rose: Task.await(rose), lily: Task.await(lily) })
    check("it is the winner's own", key === value)
    winners.push(value)
    const other = yield* Task.shutdown(key === "rose" ? lily : rose)
    check("the other one was ended, or had its result", other === undefined || (other.kind === "ok" && other.value !== value))
  })
  onceAnywhere(world, "the owner is shut down", () => owner.exit(ExitReason.shutdown))
  yield* owner.join()
  yield* sleep(1)
  check("no task is left", system.processes.length === 0)
  check("one has won, at most", winners.length <= 1)
}

export const taskScenarios: readonly NamedScenario[] = [
  { name: "results of linked tasks, one of which may be killed", scenario: awaits(true) },
  { name: "results of tasks without a link, one of which may be killed", scenario: awaits(false) },
  { name: "a result in the millisecond of its time-out", scenario: timeoutTies },
  { name: "a task is shut down as it ends, or as its owner does", scenario: shutdowns },
  { name: "an ordered stream gives each result once, and leaves nothing", scenario: streams(true, false) },
  { name: "an unordered stream gives each result once, and leaves nothing", scenario: streams(false, false) },
  { name: "a stream that is left early leaves nothing", scenario: streams(true, true) },
  { name: "updates of an agent are done once each, also if a caller is killed", scenario: agents },
  { name: "handlers end with what they belong to, once", scenario: eventManagers },
  { name: "of two tasks one wins, and the other is shut down", scenario: racingTasks },
]
