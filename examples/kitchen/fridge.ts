/**
 * A fridge, the Erlang way: a process that receives messages in a loop, and functions that hide which messages those are.
 *
 * An order carries the line on which it is to be answered. The line is a monitor, so it also tells when the fridge is gone; and it is an address that is
 * good for one answer alone, so one that comes too late goes nowhere.
 */
import { after, Down, type Monitor, on, type Process, type Ref } from "@vivarium/actors"
import type { Routine } from "@vivarium/core"

interface Order {
  readonly wish: "store" | "take"
  readonly food: string
  readonly line: Monitor
}

interface Answer {
  readonly line: Monitor
  readonly text: string
}

export type FridgeMessage = Order | "unplug" | "plug in"
export type Fridge = Ref<Process<FridgeMessage>>

const PATIENCE_MS = 50

/** The process. What is in the fridge is a variable of its body: nobody else can reach it. */
export function* fridge(self: Process<FridgeMessage>, ...shelf: string[]): Routine<never> {
  for (;;) {
    const message = yield* self.receive()
    // Without current it listens to nothing but the plug. Orders stay in the mailbox, in their order.
    if (message === "unplug") yield* self.receive((next) => next === "plug in")
    else if (message !== "plug in") {
      const { food, line, wish } = message
      line.send({ line, text: wish === "store" ? store(food) : take(food) } satisfies Answer)
    }
  }

  function store(food: string): string {
    shelf.push(food)
    return `${food} is in the fridge`
  }

  function take(food: string): string {
    const place = shelf.indexOf(food)
    if (place < 0) return `there is no ${food}`
    shelf.splice(place, 1)
    return `here is the ${food}`
  }
}

/** Puts food into a fridge, on behalf of a process; gives what comes of it in words. */
export function storeIn(fridge: Fridge, food: string, self: Process): Routine<string> {
  return order(fridge, "store", food, self)
}

/** Takes food out of a fridge, if it is there. */
export function takeFrom(fridge: Fridge, food: string, self: Process): Routine<string> {
  return order(fridge, "take", food, self)
}

function* order(fridge: Fridge, wish: Order["wish"], food: string, self: Process): Routine<string> {
  const line = self.monitor(fridge, { alias: "reply_demonitor" })
  const isAnswer = (message: unknown): message is Answer => typeof message === "object" && message !== null && "line" in message && message.line === line
  const isDown = (message: unknown): message is Down => message instanceof Down && message.monitor === line
  fridge.send({ wish, food, line })
  // Whatever else the cook is told meanwhile keeps its place in the mailbox.
  return yield* self.receive(
    on(isAnswer, ({ text }) => text),
    on(isDown, ({ reason }) => `the fridge is gone: ${reason.kind}`),
    after(PATIENCE_MS, () => {
      self.demonitor(line, { flush: true })
      return "no answer"
    }),
  )
}
