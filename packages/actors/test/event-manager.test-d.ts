import { EventManager, type HandlerName, type Ref, removeHandler, type Swapped, swapHandler, System } from "@vivarium/actors"
import type { Operation, Routine } from "@vivarium/core"
import { describe, expectTypeOf, it } from "vitest"

interface News {
  readonly headline: string
}
class Printer {
  init(_prefix: string, _swapped?: Swapped) {}
  handleEvent(_news: News) {}
}
class Tally {
  init(_start = 0) {}
  *handleEvent(_news: News): Routine {}
  async handleCall(request: "count" | "clear") {
    return request === "count" ? 7 : removeHandler(7)
  }
}
class Anything {
  handleEvent(_event: unknown) {
    return swapHandler(Printer, "#")
  }
  handleCall(request: { readonly word: string }) {
    return request.word === "" ? swapHandler(Tally, 1, "swapped") : ("stays" as const)
  }
}
const manager = new System().spawn(EventManager<News>)

describe("an event manager", () => {
  it("is an actor like others", () => {
    expectTypeOf(manager).toEqualTypeOf<Ref<EventManager<News>>>()
    expectTypeOf(manager.cast.notify({ headline: "spring" })).toEqualTypeOf<boolean>()
    expectTypeOf(manager.call.notify({ headline: "spring" })).toEqualTypeOf<Operation<void>>()
    expectTypeOf(manager.call.handlers()).toEqualTypeOf<Operation<readonly HandlerName[]>>()
    // @ts-expect-error an event has a headline
    manager.cast.notify({})
  })

  it("takes handlers that handle its events, with what their init takes", () => {
    expectTypeOf(manager.call.add(Printer, "#")).toEqualTypeOf<Operation<void>>()
    void manager.call.add([Printer, "errors"], "#")
    void manager.call.add(Tally)
    void manager.call.add(Tally, 5)
    void manager.call.addSupervised(Anything)
    void manager.call.add({ handleEvent: (news: News) => news.headline })
    void manager.call.swap(Tally, Printer, "#")
    // @ts-expect-error a prefix is needed
    void manager.call.add(Printer)
    // @ts-expect-error a prefix is a string
    void manager.call.add(Printer, 7)
    // @ts-expect-error handles numbers
    void manager.call.add({ handleEvent: (count: number) => count })
    // @ts-expect-error handles nothing
    void manager.call.add(class Nothing {})
  })

  it("asks a handler what it takes, and knows what it answers", () => {
    expectTypeOf(manager.call.call(Tally, "count")).toEqualTypeOf<Operation<number>>()
    expectTypeOf(manager.call.call([Tally, 1], "count")).toEqualTypeOf<Operation<number>>()
    expectTypeOf(manager.call.call(Anything, { word: "hello" })).toEqualTypeOf<Operation<string>>()
    // @ts-expect-error no such request
    void manager.call.call(Tally, "hum")
    // @ts-expect-error it takes none
    void manager.call.call(Printer, "count")
  })

  it("can be subclassed", () => {
    class Paper extends EventManager<News> {
      *morning(edition: number) {
        yield* this.notify({ headline: `${edition}` })
        return edition
      }
    }
    const paper = new System().spawn(Paper)
    expectTypeOf(paper.call.morning(1)).toEqualTypeOf<Operation<number>>()
    expectTypeOf(paper.call.call(Tally, "count")).toEqualTypeOf<Operation<number>>()
  })
})
