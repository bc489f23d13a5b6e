import { Actor, type Ref } from "@vivarium/actors"
import { sleep, tasklet, type Routine } from "@vivarium/core"
import { child, supervisor, type SupervisorRef } from "@vivarium/supervision"
import type { Scenario, World } from "@vivarium/testkit"

class Cell extends Actor {
  private honey = 0

  fill(): number {
    return ++this.honey
  }

  burst(): void {
    throw new Error("burst")
  }
}

/** A supervisor whose children are called by two bees, while one of them fails: all are restarted, and all calls come to an end. */
export function* beehive({ check, system }: World): Routine {
  const top = yield* system.start(supervisor({ strategy: "one_for_all", maxRestarts: 5, children: ["a", "b", "c"].map((id) => child(Cell, { id })) }))
  const served = { count: 0 }
  check("no more is served than was asked for", () => served.count <= 6)
  const bees = ["a", "b"].map((id) => tasklet(work, top, id, served))
  top.child("c", Cell)?.cast.burst()
  for (const bee of bees) yield* bee
  yield* sleep(1)
  check("all are back", ["a", "b", "c"].every((id) => top.child(id, Cell) !== undefined))
}

/** Asks three times; a child that is down or goes down meanwhile is passed over. */
function* work(top: SupervisorRef, id: string, served: { count: number }): Routine {
  for (let time = 0; time < 3; time++) {
    try {
      yield* (top.child(id, Cell) as Ref<Cell>).call.fill()
      served.count++
    } catch {
      yield* sleep(0)
    }
  }
}

/** The same with a flaw that many choices may lie before: whoever fills a cell takes what it has read to be still so. */
export const flawedHive: Scenario = function* ({ check, system }) {
  const top = yield* system.start(supervisor({ children: ["a", "b", "c", "d"].map((id) => child(Cell, { id })) }))
  const store = { honey: 0 }
  const bees = ["a", "b", "c", "d"].map((id) => tasklet(carry, top, id, store))
  for (const bee of bees) yield* bee
  check("nothing is lost", store.honey === 4 * ROUNDS)
}

const ROUNDS = 6

function* carry(top: SupervisorRef, id: string, store: { honey: number }): Routine {
  for (let round = 0; round < ROUNDS; round++) {
    const cell = top.child(id, Cell) as Ref<Cell>
    // Only after a while do they forget to be careful.
    if (round < ROUNDS - 1) {
      yield* cell.call.fill()
      store.honey++
      continue
    }
    const before = store.honey
    yield* cell.call.fill()
    store.honey = before + 1
  }
}
