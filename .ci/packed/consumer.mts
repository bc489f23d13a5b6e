import { Actor, named, type Process, type Ref, System } from "@vivarium/actors"
import { channel, run, tasklet } from "@vivarium/core"
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
export { lowlevel }
