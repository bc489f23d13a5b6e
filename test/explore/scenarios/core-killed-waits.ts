/** Kills around every kind of wait: whatever it is, it is taken back. */
import {
  Barrier, call, channel, Deferred, Event, group, type Operation, type Routine, schedule, select, sleep, tasklet, timeout,
} from "@vivarium/core"
import type { NamedScenario } from "../named-scenario.ts"
import { ended } from "./core-outcomes.ts"

/** Something to wait for that never comes, and how many wait there. */
interface Wait {
  readonly what: string
  readonly make: () => { readonly operation: Operation<unknown>; readonly waiting: () => number }
}

const waits: readonly Wait[] = [
  { what: "send", make: () => ofChannel((one) => one.send(1)) },
  { what: "receive", make: () => ofChannel((one) => one.receive()) },
  { what: "sendAll", make: () => ofChannel((one) => one.sendAll([1, 2])) },
  { what: "each", make: () => ofChannel((one) => one.each(() => {})) },
  { what: "sleep", make: () => ({ operation: sleep(60_000), waiting: () => 0 }) },
  { what: "a time-out around a receive", make: () => ofChannel((one) => timeout(60_000, one.receive())) },
  { what: "select", make: () => ofChannel((one) => select({ get: one.receive(), put: one.send(1), evening: sleep(60_000) })) },
  { what: "a call as a case", make: () => ofChannel((one) => timeout(60_000, call(() => one.receive()))) },
  { what: "an event", make: () => counted(new Event()) },
  { what: "a deferred value", make: () => counted(new Deferred()) },
  { what: "a barrier", make: () => counted(new Barrier(3)) },
  {
    what: "a group",
    make: () =>
      ofChannel((one) =>
        group(function* (bees) {
          bees.spawn(() => one.receive())
          bees.spawn(() => one.send(1))
          yield* one.receive()
        }),
      ),
  },
]

function ofChannel(wait: (one: ReturnType<typeof channel<number>>) => Operation<unknown>) {
  const one = channel<number>()
  return { operation: wait(one), waiting: () => one.waiters.length }
}

function counted(one: { wait(): Operation<unknown>; statistics(): { readonly waiting: number } }) {
  return { operation: one.wait(), waiting: () => one.statistics().waiting }
}

function killedAt({ make, what }: Wait): NamedScenario {
  return {
    name: `killed by two at any moment around a wait for ${what}: its finally runs once, and nothing is left`,
    *scenario({ check, scheduler }) {
      const { operation, waiting } = make()
      let begun = 0
      let cleaned = 0
      const victim = tasklet({ name: "victim" }, function* (): Routine {
        yield* call(function* (): Routine {
          begun++
          try {
            yield* schedule()
            yield* operation
          } finally {
            cleaned++
            yield* schedule()
          }
        })
        yield* sleep(60_000)
      })
      const killers = [true, false].map((pending) =>
        tasklet({ name: pending ? "pending killer" : "killer" }, function* (): Routine {
          yield* schedule()
          yield* schedule()
          victim.kill({ pending })
        }),
      )
      const [outcome] = yield* ended([victim, ...killers])
      check("it was killed", outcome === "killed")
      check("its finally has run once, if its body began", cleaned === begun)
      check("nobody waits there", waiting() === 0)
      check("no timer is left", scheduler.statistics().timers === 0)
    },
  }
}

export const killedWaits: readonly NamedScenario[] = waits.map(killedAt)
