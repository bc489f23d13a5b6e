// A schedule code means the same on every Node. Without arguments: lets each strategy find a failure and prints their codes. With codes: replays them, and prints the same.
import { Actor } from "@vivarium/actors"
import { Channel, schedule, select, sleep, tasklet, timeout } from "@vivarium/core"
import { child, supervisor } from "@vivarium/supervision"
import { ExplorationError, explore, replay } from "@vivarium/testkit"
import assert from "node:assert/strict"

class Cell extends Actor {
  honey = 0
  read() {
    return this.honey
  }
  write(honey) {
    this.honey = honey
  }
  burst() {
    throw new Error("burst")
  }
}

function* hive({ check, fault, random, system }) {
  const top = yield* system.start(supervisor({ children: ["a", "b"].map((id) => child(Cell, { id })) }))
  const cell = top.child("a", Cell)
  const box = new Channel({ capacity: 1 })
  const bees = [1, 2].map((bee) =>
    tasklet(function* () {
      yield* sleep(1 / 3)
      const before = yield* cell.call.read()
      yield* select({ box: box.send(bee), late: sleep(1) })
      yield* cell.call.write(before + 1)
    }),
  )
  if (fault("burst")) top.child("b", Cell).cast.burst()
  for (const bee of bees) yield* bee
  yield* timeout(5 + random.next(), box.receive())
  yield* schedule()
  const honey = yield* cell.call.read()
  check(`both count at ${system.scheduler.clock.now()}`, honey === 2)
}

async function failureOf(run) {
  const error = await run.then(undefined, (reason) => reason)
  assert.ok(error instanceof ExplorationError, String(error))
  return error
}

const codes = process.argv.slice(2)
const failures = []
if (codes.length === 0) {
  for (const strategy of ["random", "pct", "delayBounded", "exhaustive"]) failures.push(await failureOf(explore(hive, { strategy, shrinkMs: 0, diagramDirectory: false, progress: false })))
} else {
  for (const code of codes) failures.push(await failureOf(replay(hive, code, { diagramDirectory: false })))
}
for (const { code } of failures) console.log(code)
