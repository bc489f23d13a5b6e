/** A day of the gateway, on virtual time: a short outage, a long one, and a crash of its own. */
import { CallError, ExitReason, named, System } from "@vivarium/actors"
import { type Routine, Scheduler, sleep, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { formatTree } from "@vivarium/supervision"
import { Gateway } from "./gateway.ts"
import { service } from "./service.ts"
import { Upstream } from "./upstream.ts"

const scheduler = new Scheduler({ clock: new VirtualClock(), random: 7 })
const system = new System({ name: "day", scheduler, log: false })
system.events.on("supervisor", ({ attempt, context, delayMs, offender }) => {
  if (context === "child_terminated" && delayMs !== undefined) say(`${String(offender?.id)} has failed: restart ${attempt} in a row comes in ${Math.round(delayMs)} ms`)
})

function say(text: string) {
  console.log(`${String(Math.round(scheduler.clock.now())).padStart(5)} ms  ${text}`)
}

const upstream = new Upstream()
const gateway = named(Gateway, "gateway", { system })

/** Somebody who asks, and says what came of it. */
function* client(question: string): Routine {
  try {
    say(yield* gateway.call.ask(question))
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    say(`no answer to ${question}: ${(error.cause as Error).message}`)
  }
}

await scheduler.main(function* () {
  const top = yield* system.start(service(upstream, { queue: 2, patienceMs: 300 }, (news) => say(`gateway ${news}`)))
  yield* sleep(1000)
  yield* client("one")
  console.log(formatTree(top))

  say("-- a short outage: who calls now waits a little")
  upstream.becomes("down")
  tasklet(client, "two")
  yield* sleep(50)
  for (const question of ["three", "four", "five"]) tasklet(client, question)
  yield* sleep(50)
  upstream.becomes("up")
  yield* sleep(1000)

  say("-- a long one: nobody waits for long")
  upstream.becomes("silent")
  yield* sleep(200)
  tasklet(client, "six")
  yield* sleep(1000)
  tasklet(client, "seven")
  console.log(formatTree(top))
  yield* sleep(1000)
  upstream.becomes("up")
  yield* sleep(1000)
  yield* client("eight")

  say("-- the gateway itself crashes")
  gateway.exit(ExitReason.error(new Error("a bug in the gateway")))
  yield* sleep(1)
  yield* client("nine")
  console.log(formatTree(top))
})
await system.stop()
