/** Groups and all: no child is left behind, the first failure is raised, and no error is swallowed. */
import { all, call, channel, group, type Group, Local, type Routine, schedule, Semaphore, sleep, type Tasklet, tasklet } from "@vivarium/core"
import type { NamedScenario } from "../named-scenario.ts"
import { cameAbout, ended, Expected, nameOf, outcomeOf, runOthers, sameItems } from "./core-outcomes.ts"

/** A routine that gives way some times, and counts how often it was begun and cleaned up. */
class Counted {
  begun = 0
  cleaned = 0

  get settled(): boolean {
    return this.begun === this.cleaned
  }

  *work(turns: number, end: () => unknown): Routine<unknown> {
    this.begun++
    try {
      try {
        for (let turn = 0; turn < turns; turn++) yield* schedule()
        return end()
      } finally {
        yield* schedule()
      }
    } finally {
      // In a block of its own: a kill cuts a finally short that waits.
      this.cleaned++
    }
  }
}

function raise(text: string): () => never {
  return () => {
    throw new Expected(text)
  }
}

export const groupScenarios: readonly NamedScenario[] = [
  {
    name: "the first failure cancels the others, and is raised when all have cleaned up",
    *scenario({ check }) {
      const counted = new Counted()
      const spring = channel<number>()
      const outcome = yield* outcomeOf(
        group(function* (bees) {
          bees.spawn(() => counted.work(1, raise("first")))
          bees.spawn(() => counted.work(20, () => 1))
          bees.spawn(() => counted.work(0, () => 1))
          bees.spawn(() => spring.receive())
          return yield* counted.work(20, () => "never")
        }),
      )
      check("the failure", outcome === "error first")
      check("all have cleaned up", counted.settled && spring.balance === 0)
    },
  },
  {
    name: "members that fail at the same time: one error is raised, the rest is uncaught, none is lost",
    *scenario({ check }) {
      const counted = new Counted()
      const bee = tasklet({ name: "bee" }, () =>
        outcomeOf(
          group(function* (bees) {
            for (const name of ["a", "b", "c"]) bees.spawn(() => counted.work(1, raise(name)))
            yield* sleep(60_000)
          }),
        ),
      )
      const uncaught = runOthers()
      check("over", !bee.alive && counted.settled)
      const raised = (yield* bee).replace("error ", "")
      check("one is raised", ["a", "b", "c"].includes(raised))
      check("none comes twice", new Set([raised, ...uncaught]).size === uncaught.length + 1)
    },
  },
  {
    name: "a body that joins its members: an error that reached it and was undone is not lost",
    *scenario({ check }) {
      const bee = tasklet({ name: "bee" }, () =>
        outcomeOf(
          group(function* (bees) {
            const members = ["a", "b"].map((name) =>
              bees.spawn(function* (): Routine {
                yield* schedule()
                throw new Expected(name)
              }),
            )
            for (const member of members) yield* member
          }),
        ),
      )
      const uncaught = runOthers()
      const raised = (yield* bee).replace("error ", "")
      check("one is raised, the other is uncaught, killed or unseen", ["a", "b"].includes(raised) && !uncaught.includes(raised) && uncaught.length <= 1)
    },
  },
  {
    name: "all raises the failure that came first, and no other error gets out",
    *scenario({ check }) {
      const failed: string[] = []
      const failing = (name: string, turns: number) =>
        call(function* (): Routine {
          for (let turn = 0; turn < turns; turn++) yield* schedule()
          failed.push(name)
          throw new Expected(name)
        })
      const outcome = yield* outcomeOf(all([failing("a", 1), failing("b", 2), sleep(60_000)]))
      check("the first", outcome === `error ${failed[0]}`)
    },
  },
  {
    name: "all gives the values in order, of whatever ends first",
    *scenario({ check }) {
      const flower = channel<string>()
      const sender = tasklet({ name: "sender" }, () => flower.send("nectar"))
      const values = yield* all([call(() => new Counted().work(2, () => "slow")), flower.receive(), call(() => "at once"), sender])
      check("in order", values.slice(0, 3).join() === "slow,nectar,at once")
    },
  },
  {
    name: "whoever performs a group is killed at any moment: its members clean up, and it ends behind them",
    *scenario({ check }) {
      const counted = new Counted()
      let ended1 = false
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        try {
          yield* group(function* (bees) {
            bees.spawn(() => counted.work(2, () => 1))
            yield* schedule()
            bees.spawn(() => counted.work(1, () => 1))
            yield* counted.work(3, () => 1)
          })
        } finally {
          check("behind its members", counted.settled)
          ended1 = true
        }
      })
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        yield* schedule()
        bee.kill()
      })
      const [outcome] = yield* ended([bee, killer])
      check("killed, or over before", outcome === "killed" || ended1)
      check("no member is left", counted.settled)
    },
  },
  {
    name: "whoever performs a group is killed twice: then its members are, too",
    *scenario({ check }) {
      let alive = 0
      const bee = tasklet({ name: "bee" }, () =>
        group(function* (bees) {
          for (let member = 0; member < 2; member++) {
            bees.spawn(function* () {
              alive++
              try {
                yield* sleep(60_000)
              } finally {
                try {
                  yield* sleep(60_000)
                } finally {
                  alive--
                }
              }
            })
          }
        }),
      )
      yield* cameAbout(() => alive === 2)
      const killers = [1, 2, 3].map((number) => tasklet({ name: `killer ${number}` }, () => bee.kill({ pending: number === 2 })))
      const [outcome] = yield* ended([bee, ...killers])
      check("killed", outcome === "killed")
      yield* cameAbout(() => alive === 0)
    },
  },
  {
    name: "a group is killed when a member has failed: the error is not swallowed",
    *scenario({ check }) {
      const counted = new Counted()
      let failed = 0
      let outcome = ""
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        outcome = yield* outcomeOf(
          group(function* (bees) {
            bees.spawn(() => counted.work(6, () => 1))
            bees.spawn(function* () {
              yield* schedule()
              failed++
              throw new Expected("stung")
            })
          }),
        )
      })
      tasklet({ name: "killer" }, function* (): Routine {
        for (let turn = 0; turn < 3; turn++) yield* schedule()
        bee.kill()
      })
      const uncaught = runOthers()
      check("all have ended", counted.settled && !bee.alive)
      check("the error reached somebody, once", uncaught.length + (outcome === "error stung" ? 1 : 0) === failed)
    },
  },
  {
    name: "members that are spawned late, by members that clean up, are killed with the rest",
    *scenario({ check }) {
      const counted = new Counted()
      let late = 0
      const spawning = function* (bees: Group): Routine {
        try {
          yield* sleep(60_000)
        } finally {
          for (let number = 0; number < 2; number++) {
            bees.spawn(() => void late++)
            yield* schedule()
          }
        }
      }
      const outcome = yield* outcomeOf(
        group(function* (bees) {
          bees.spawn(spawning, bees)
          bees.spawn(spawning, bees)
          bees.spawn(() => counted.work(2, raise("rain")))
          yield* schedule()
          bees.spawn(() => counted.work(1, () => 1))
        }),
      )
      check("the failure", outcome === "error rain")
      check("who came too late has not begun", late === 0)
      check("nobody is left", counted.settled)
    },
  },
  {
    name: "a joiner from outside takes a member's error; killed before it has it, the group fails",
    *scenario({ check }) {
      const members: Tasklet[] = []
      let caught = 0
      const bee = tasklet({ name: "bee" }, () =>
        outcomeOf(
          group(function* (bees) {
            members.push(
              bees.spawn(function* (): Routine {
                yield* schedule()
                yield* schedule()
                throw new Expected("stung")
              }),
            )
            yield* schedule()
            yield* schedule()
            return "over"
          }),
        ),
      )
      const joiner = tasklet({ name: "joiner" }, function* (): Routine {
        yield* cameAbout(() => members.length === 1)
        if ((yield* outcomeOf(members[0] as Tasklet)) === "error stung") caught++
      })
      tasklet({ name: "killer" }, function* (): Routine {
        for (let turn = 0; turn < 3; turn++) yield* schedule()
        joiner.kill()
      })
      const uncaught = runOthers()
      const outcome = yield* bee
      check("it ends in one of two ways", outcome === "over" || outcome === "error stung")
      check("the error reached somebody", caught + uncaught.length + (outcome === "over" ? 0 : 1) >= 1)
      check("once, unless it was joined after the report", uncaught.length <= 1)
    },
  },
  {
    name: "so many at a time, in a group that fails in the middle: permits come back",
    *scenario({ check }) {
      const landing = new Semaphore(2)
      let landed = 0
      const outcome = yield* outcomeOf(
        group(function* (bees) {
          for (let number = 0; number < 4; number++) {
            bees.spawn(() =>
              landing.with(function* () {
                check("two at most", ++landed <= 2)
                try {
                  yield* schedule()
                  if (number === 2) throw new Expected("slipped")
                } finally {
                  landed--
                }
              }),
            )
          }
        }),
      )
      check("it failed", outcome === "error slipped")
      check("all permits are in stock", landing.statistics().available === 2 && landing.statistics().waiting === 0 && landed === 0)
    },
  },
  {
    name: "groups in groups, with locals: an inner failure ends the outer one, values go along",
    *scenario({ check }) {
      const flight = new Local("none")
      const seen: string[] = []
      const counted = new Counted()
      const outcome = yield* outcomeOf(
        flight.with("outer", () =>
          group(function* (bees) {
            bees.spawn(() => counted.work(4, () => seen.push(flight.get())))
            bees.spawn(() =>
              flight.with("inner", () =>
                group(function* (inner) {
                  inner.spawn(() => counted.work(1, () => seen.push(flight.get())))
                  inner.spawn(() => counted.work(3, raise("inner")))
                }),
              ),
            )
          }),
        ),
      )
      check("the inner failure", outcome === "error inner")
      check("values went along", seen.every((one) => one === "inner" || one === "outer") && flight.get() === "none")
      check("all have ended", counted.settled)
    },
  },
  {
    name: "the body of a group fails while a member does, and a member is killed by hand",
    *scenario({ check }) {
      const counted = new Counted()
      const errors: string[] = []
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        try {
          yield* group(function* (bees) {
            const one = bees.spawn(() => counted.work(9, () => 1))
            bees.spawn(() => counted.work(1, raise("member")))
            yield* schedule()
            one.kill()
            yield* schedule()
            yield* schedule()
            throw new Expected("body")
          })
        } catch (error) {
          errors.push(nameOf(error))
        }
      })
      const uncaught = runOthers()
      check("it is over, and all cleaned up", !bee.alive && counted.settled)
      check("one error was raised", errors.length === 1 && uncaught.length <= 1)
      check("not the same twice", !sameItems(errors.map((one) => one.replace("error ", "")), uncaught))
    },
  },
]
