import { Actor, named, type Process, type Ref, System } from "@vivarium/actors"
import { channel, run, tasklet } from "@vivarium/core"
import { child, type DynamicSupervisorRef, dynamicSupervisor, Supervisor, supervisor, type SupervisorRef } from "@vivarium/supervision"
import * as lowlevel from "@vivarium/core/lowlevel"

const flower = channel<string>()
const visit = tasklet(function* () {
  const bee: string = yield* flower.receive()
  return bee.length
})
tasklet(function* () {
  yield* flower.send("Ada")
})
run()
export const length: Promise<number> = Promise.resolve(visit)

class Counter extends Actor {
  #count = 0
  init(start = 0) {
    this.#count = start
  }
  increment(by = 1) {
    this.#count += by
    return this.#count
  }
}
const system = new System({ name: "meadow" })
const counter: Ref<Counter> = system.spawn(Counter, { args: [1], name: "counter" })
counter.cast.increment()
export const count: Promise<number> = Promise.resolve(named(Counter, "counter").call.increment(2))
system.spawn(function* (self: Process<string>) {
  const word: string = yield* self.receive()
  console.log(word)
})
class Shelf extends Supervisor {
  init(count: number) {
    return { children: Array.from({ length: count }, (_, id) => child(Counter, { id })) }
  }
}
export async function grow(): Promise<number> {
  const tree = supervisor({ id: "top", strategy: "one_for_all", children: [child(Counter, { args: [1], backoff: { minMs: 10 } }), dynamicSupervisor({ id: "more" })] })
  const top: SupervisorRef = await system.start(tree)
  const more: DynamicSupervisorRef = await system.start(dynamicSupervisor())
  const one: Ref<Counter> = await more.startChild(child(Counter))
  const shelf = await system.start(Shelf, { args: [3] })
  system.events.on("supervisor", (report) => console.log(report.context, report.offender?.id))
  return top.countChildren().active + shelf.countChildren().specs + (await one.call.increment())
}
export { lowlevel }
