/** An evening in the kitchen: a cook, a guest, and two fridges. */
import { CallError, ExitReason, type Process, type Ref, System } from "@vivarium/actors"
import { fridge, storeIn, takeFrom } from "./fridge.ts"
import { LivingFridge } from "./living-fridge.ts"

function* cook(self: Process<string>) {
  console.log("An old fridge, a process that is sent messages:")
  const old = self.spawn(fridge, { args: ["milk"] })
  console.log("  cheese?", yield* storeIn(old, "cheese", self))

  // The guest speaks before the fridge answers. The words wait in the mailbox until the cook listens.
  self.spawn(guest, { args: [self.self] })
  console.log("  cheese?", yield* takeFrom(old, "cheese", self))
  console.log("  cheese?", yield* takeFrom(old, "cheese", self))
  console.log("  and the guest said:", yield* self.receive())

  // An order that nobody waits for any more is carried out all the same, and the milk is lost.
  old.send("unplug")
  console.log("  milk?", yield* takeFrom(old, "milk", self))
  old.send("plug in")
  console.log("  milk?", yield* takeFrom(old, "milk", self))

  old.exit(ExitReason.shutdown)
  console.log("  milk?", yield* takeFrom(old, "milk", self))
}

function* guest(_self: Process, cook: Ref<Process<string>>) {
  cook.send("it smells good")
}

function* modernCook(self: Process<string>) {
  console.log("A new fridge, an actor that is called:")
  const modern = self.spawn(LivingFridge)
  console.log("  ham?", yield* modern.call.store("ham"))

  // A call that has timed out is taken back while it is unread, and nothing is lost.
  yield* modern.suspend()
  try {
    yield* modern.with({ timeoutMs: 50 }).call.take("ham")
  } catch (error) {
    if (error instanceof CallError) console.log("  ham?", error.code)
  }
  yield* modern.resume()
  console.log("  ham?", yield* modern.call.take("ham"))

  yield* modern.stop()
  try {
    yield* modern.call.take("ham")
  } catch (error) {
    if (error instanceof CallError) console.log("  ham?", error.message)
  }
}

const kitchen = new System({ name: "kitchen" })
kitchen.spawn(function* evening(self: Process<string>) {
  yield* cook(self)
  yield* modernCook(self)
})
