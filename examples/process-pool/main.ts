/** A morning in the bakery, on virtual time: two pools, of ovens and of couriers. */
import { CallError, ExitReason, type Process, System } from "@vivarium/actors"
import { type Routine, Scheduler, sleep, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { formatTree, supervisor } from "@vivarium/supervision"
import { pool, poolOf } from "./pool.ts"

const MINUTE = 60_000
const scheduler = new Scheduler({ clock: new VirtualClock() })
const system = new System({ name: "bakery", scheduler, log: false })
system.events.on("crash", ({ ref, reason }) => say(`${String(ref)} has crashed: ${reason.kind === "error" ? String(reason.error) : reason.kind}`))

function say(text: string) {
  console.log(`${String(scheduler.clock.now() / MINUTE).padStart(2)} min  ${text}`)
}

/** What an oven does for a bread: a worker of the pool. */
function* bake(self: Process, bread: string, minutes: number): Routine {
  self.label = bread
  yield* sleep(minutes * MINUTE)
  if (bread === "brioche") throw new Error("burnt")
  say(`${bread} is done`)
}

/** And what a courier does. */
function* deliver(_self: Process, street: string): Routine {
  yield* sleep(10 * MINUTE)
  say(`delivered to ${street}`)
}

await scheduler.main(function* () {
  const pools = yield* system.start(
    supervisor({
      id: "pools",
      children: [pool({ name: "ovens", size: 2, work: bake }), pool({ name: "couriers", size: 1, work: deliver })],
    }),
  )
  const ovens = poolOf("ovens", bake)
  // A call gives up after five seconds, and a bread takes its time.
  const patiently = ovens.with({ timeoutMs: Infinity }).call

  say("-- three breads, two ovens")
  yield* ovens.call.run("rye", 40)
  yield* ovens.call.run("brioche", 15)
  console.log(formatTree(pools))
  say(`is there a place for a baguette now? ${(yield* ovens.call.run("baguette", 20)) === undefined ? "no" : "yes"}`)
  yield* ovens.call.runAsync("baguette", 20)
  say(`waiting: ${yield* ovens.call.waiting()}`)
  yield* patiently.runSync("focaccia", 20)
  say("focaccia is in")
  yield* sleep(30 * MINUTE)

  say("-- the server of the ovens crashes while two bake and one waits")
  yield* ovens.call.run("rye", 40)
  yield* ovens.call.run("spelt", 40)
  const unlucky = tasklet(function* () {
    try {
      yield* patiently.runSync("pretzel", 10)
    } catch (error) {
      if (error instanceof CallError) say(`the pretzel is told: ${error.message}`)
    }
  })
  yield* poolOf("couriers", deliver).call.run("Mill Lane")
  yield* sleep(MINUTE)
  ovens.exit(ExitReason.error(new Error("flour in the works")))
  yield* unlucky
  yield* sleep(MINUTE)
  const { active } = pools.countChildren()
  say(`pools that run: ${active}; the ovens are back, waiting: ${yield* ovens.call.waiting()}`)
  yield* patiently.runSync("pretzel", 10)
  yield* sleep(15 * MINUTE)

  say("-- the couriers go home, and cooks come")
  yield* pools.terminateChild("couriers")
  yield* pools.deleteChild("couriers")
  yield* pools.startChild(pool({ name: "stoves", size: 4, work: bake }))
  yield* poolOf("stoves", bake).call.run("soup", 30)
  console.log(formatTree(pools))
  yield* sleep(31 * MINUTE)
})
await system.stop()
