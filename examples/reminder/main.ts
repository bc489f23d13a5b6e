/** An afternoon at home, on virtual time: an hour that takes a moment. */
import { CallError, type Process, System } from "@vivarium/actors"
import { Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { type News, Reminders } from "./reminders.ts"

const MINUTE = 60_000

const scheduler = new Scheduler({ clock: new VirtualClock() })
const system = new System({ name: "home", scheduler, log: false })

function say(text: string) {
  console.log(`${String(scheduler.clock.now() / MINUTE).padStart(2)} min  ${text}`)
}

function* person(self: Process<News>, name: string, patience: number) {
  for (let heard = 0; heard < patience; heard++) {
    const news = yield* self.receive()
    say("text" in news ? `${name} is reminded: ${news.text}` : `${name} hears that "${news.name}" has failed`)
  }
  say(`${name} goes out`)
}

await scheduler.main(function* () {
  const reminders = yield* system.start(Reminders, { name: "reminders" })
  yield* reminders.call.subscribe(system.spawn(person, { args: ["Ada", Infinity] }))
  yield* reminders.call.subscribe(system.spawn(person, { args: ["Ben", 1] }))

  yield* reminders.call.add("tea", 4 * MINUTE, () => "take the bag out")
  yield* reminders.call.add("oven", 20 * MINUTE, () => {
    throw new Error("the thermometer is broken")
  })
  yield* reminders.call.add("laundry", 30 * MINUTE, () => "hang it up")
  yield* reminders.call.add("bread", 45 * MINUTE, () => "it is done")
  say(`to come: ${(yield* reminders.call.pending()).join(", ")}`)
  try {
    yield* reminders.call.add("tea", 8 * MINUTE, () => "one more")
  } catch (error) {
    if (error instanceof CallError) say(error.message)
  }

  yield* sleep(25 * MINUTE)
  say(`cancelling the laundry: ${yield* reminders.call.cancel("laundry")}`)
  yield* sleep(35 * MINUTE)
  say(`to come: ${(yield* reminders.call.pending()).length}, clients: ${yield* reminders.call.clients()}`)
})
await system.stop()
