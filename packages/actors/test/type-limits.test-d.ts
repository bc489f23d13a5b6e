/** What the compiler cannot know, pinned so that the guide can tell it; and what it knows of protocols. */
import type { Operation, Routine } from "@vivarium/core"
import { Actor, type ProtocolFor, type Ref, selfOf } from "@vivarium/actors"
import { describe, expectTypeOf, it } from "vitest"
import { z } from "zod"

describe("protocols", () => {
  it("have schemas of the arguments, as tuples", () => {
    class Typed extends Actor {
      increment(by: number, _why?: string) {
        return by
      }
      static protocol = { increment: z.tuple([z.number().int()]) } satisfies ProtocolFor<Typed>
    }
    expectTypeOf(Typed.protocol).toExtend<ProtocolFor<Typed>>()
    const wrong = {
      // @ts-expect-error of the wrong arguments
      increment: z.tuple([z.string()]),
    } satisfies ProtocolFor<Typed>
    // @ts-expect-error of no method
    const unknown = { decrement: z.tuple([]) } satisfies ProtocolFor<Typed>
    void [wrong, unknown]
  })
})

describe("limits of the types, told in the guide", () => {
  it("a generic method's result is unknown", () => {
    class Generic extends Actor {
      echo<T>(value: T) {
        return value
      }
    }
    const generic = {} as Ref<Generic>
    expectTypeOf(generic.call.echo("x")).toEqualTypeOf<Operation<unknown>>()
    expectTypeOf(generic.call.echo).parameters.toEqualTypeOf<[value: unknown]>()
  })

  it("of overloads the last one counts", () => {
    class Overloaded extends Actor {
      get(key: "count"): number
      get(key: "name"): string
      get(key: string): number | string {
        return key
      }
    }
    const overloaded = {} as Ref<Overloaded>
    expectTypeOf(overloaded.call.get("name")).toEqualTypeOf<Operation<string>>()
    // @ts-expect-error the first overload is not seen
    void overloaded.call.get("count")
  })

  it("actors that call each other need return types", () => {
    class Ping extends Actor {
      *ping(pong: Ref<Pong>, left: number): Routine<number> {
        return left === 0 ? 0 : yield* pong.call.pong(selfOf<Ping>(this), left - 1)
      }
    }
    class Pong extends Actor {
      *pong(ping: Ref<Ping>, left: number): Routine<number> {
        return left === 0 ? 0 : yield* ping.call.ping(selfOf<Pong>(this), left - 1)
      }
    }
    expectTypeOf({} as Ref<Ping>).toHaveProperty("call")
  })
})
