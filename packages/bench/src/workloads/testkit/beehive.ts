import { Actor, type Ref } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { child, supervisor, type SupervisorRef } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"

class Cell extends Actor {
  private honey = 0

  fill(): number {
    return ++this.honey
  }

  burst(): void {
    throw new Error("burst")
  }
}

/** A supervisor whose children are called by two bees, while a third one fails: all are restarted, and all calls come to an end. */
export function* beehive({ check, system }: World): Routine {
  const ids = ["a", "b", "c"]
  const top = yield* system.start(supervisor({ strategy: "one_for_all", maxRestarts: 5, children: ids.map((id) => child(Cell, { id })) }))
  const served = { calls: 0 }
  check("no more is served than was asked for", () => served.calls <= 8)
  const bees = ["a", "b"].map((id) => tasklet(work, top, id, 4, served))
  top.child("c", Cell)?.cast.burst()
  for (const bee of bees) yield* bee
  yield* sleep(1)
  check("all are back", ids.every((id) => top.child(id, Cell) !== undefined))
}

/** Asks so many times; what a child that goes down leaves unanswered is not asked again. */
function* work(top: SupervisorRef, id: string, times: number, served: { calls: number }): Routine {
  for (let time = 0; time < times; time++) {
    try {
      yield* (top.child(id, Cell) as Ref<Cell>).call.fill()
      served.calls++
    } catch {
      yield* sleep(0)
    }
  }
}

/** A busy hive, and in it two bees that count what they bring: the second one waits long enough for the first in the shipped order, and not in any. */
export function* busyHive({ check, system }: World): Routine {
  const ids = ["a", "b", "c", "d", "e"]
  const top = yield* system.start(supervisor({ children: ids.map((id) => child(Cell, { id })) }))
  const served = { calls: 0 }
  const bees = ids.map((id) => tasklet(work, top, id, 20, served))
  const store = { honey: 0 }
  const counters = [2, 9].map((turns) => tasklet(bring, top, turns, store))
  for (const bee of [...bees, ...counters]) yield* bee
  check("both are counted", store.honey === 2)
}

function* bring(top: SupervisorRef, turns: number, store: { honey: number }): Routine {
  for (let turn = 0; turn < turns; turn++) yield* schedule()
  const before = store.honey
  yield* (top.child("a", Cell) as Ref<Cell>).call.fill()
  store.honey = before + 1
}
