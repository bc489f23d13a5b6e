/** Two players at a table, on virtual time. */
import { CallError, ExitReason, type Ref, System } from "@vivarium/actors"
import { type Operation, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { Trader } from "./trader.ts"

const scheduler = new Scheduler({ clock: new VirtualClock() })
const system = new System({ name: "market", scheduler, log: false })

function player(name: string, ...items: string[]): Operation<Ref<Trader>> {
  return system.start(Trader, { args: [items, (news) => console.log(`    ${name} hears: ${news}`)], name })
}

await scheduler.main(function* () {
  const ada = yield* player("Ada", "honey", "candle")
  const ben = yield* player("Ben", "apple", "pear")

  function* sitDown() {
    const asked = ada.request.ask(ben)
    yield* sleep(1)
    yield* ben.call.accept()
    console.log("they trade:", yield* asked)
  }

  yield* sitDown()
  yield* ada.call.offer("honey")
  yield* ben.call.offer("apple")
  try {
    yield* ada.call.offer("moon")
  } catch (error) {
    if (error instanceof CallError) console.log(error.message)
  }

  console.log("Ada is ready, but Ben thinks again")
  const ready = ada.request.ready()
  yield* sleep(1)
  yield* ben.call.offer("pear")
  console.log("done:", yield* ready)

  console.log("Both are ready")
  const both = [ada.request.ready(), ben.request.ready()] as const
  console.log("done:", yield* both[0], yield* both[1])
  console.log(`Ada has ${(yield* ada.call.items()).join(", ")}; Ben has ${(yield* ben.call.items()).join(", ")}`)

  console.log("They trade again, and Ben is killed while Ada waits for him")
  yield* sitDown()
  yield* ada.call.offer("candle")
  yield* ben.call.offer("honey")
  const last = ada.request.ready()
  ben.exit(ExitReason.kill)
  console.log("done:", yield* last)
  console.log(`Ada has ${(yield* ada.call.items()).join(", ")}`)
})
await system.stop()
