import { Actor, keep, type MachineEvent, next, type Ref, refuse, reply, StateMachine } from "@vivarium/actors"
import { type Routine, sleep } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { createProbe, simulate } from "@vivarium/testkit"
import { errorOf, Hive } from "./fixtures/hive.ts"

class Bee extends Actor {
  *fly(hive: Ref<Hive>): Routine<string> {
    return `stored, now ${yield* hive.call.store(2)}`
  }
}

describe("standing in for an actor", () => {
  it("sees calls and casts, and answers by reply()", () =>
    simulate(function* ({ system }) {
      const hive = createProbe(system, { as: Hive, name: "hive" })
      const bee = system.spawn(Bee)
      const flight = bee.request.fly(hive.ref)
      hive.ref.cast.empty()
      expect(yield* hive.fishForMessage({ method: "store", args: [2] })).toEqual({ method: "store", args: [2] })
      expect(hive.sender).toBe(bee)
      hive.reply(12)
      expect(yield* flight).toBe("stored, now 12")
      expect(hive.received).toEqual(expect.arrayContaining([{ method: "empty", args: [] }]))
      expect(String(hive.ref)).toBe('probe of Hive "hive" (#1)')
    }))

  it("refuses, and times out if nobody answers", () =>
    simulate(function* ({ system }) {
      const hive = createProbe(system, { as: Hive })
      const first = hive.ref.request.store(1)
      yield* hive.expectMessage()
      hive.refuse(new Error("full"))
      const second = hive.ref.with({ timeoutMs: 50 }).request.store(2)
      expect(yield* errorOf(() => first[Symbol.iterator]() as Routine<unknown>)).toMatchObject({ code: "refused" })
      expect(yield* errorOf(() => second[Symbol.iterator]() as Routine<unknown>)).toMatchObject({ code: "timeout" })
    }))

  it("stands in for a state machine, whose methods are events", () =>
    simulate(function* ({ system }) {
      class Door extends StateMachine<"open" | "closed", undefined, { open(): void; enter(who: string): string }> {
        init() {
          return next("closed", undefined)
        }
        handle(event: MachineEvent<"open" | "closed", { open(): void; enter(who: string): string }>) {
          return event.type === "call" && event.name === "enter" ? keep(undefined, reply(event.from, "in")) : keep()
        }
      }
      const door = createProbe(system, { as: Door })
      door.autopilot({ enter: (who: string) => `${who} is in` })
      expect(yield* door.ref.call.enter("Maya")).toBe("Maya is in")
      expect(door.ref.cast.open()).toBe(true)
      yield* sleep(0)
      expect(door.received).toEqual([{ method: "enter", args: ["Maya"] }, { method: "open", args: [] }])
    }))

  it("has the methods of the class and no others", () =>
    simulate(function* ({ system }) {
      const hive = createProbe(system, { as: Hive })
      expect(() => (hive.ref.cast as unknown as Record<string, () => void>)["steal"]?.()).toThrow('no method "steal"')
      yield* hive.expectNoMessage(0)
    }))
})

describe("autopilot()", () => {
  it("answers by methods, plain or waiting, and refuses", () =>
    simulate(function* ({ clock, system }) {
      const hive = createProbe(system, { as: Hive })
      hive.autopilot({
        *store(drops: number) {
          yield* sleep(100)
          if (drops < 0) throw refuse(new Error("stealing"))
          return drops * 2
        },
      })
      expect(yield* hive.ref.call.store(4)).toBe(8)
      expect(clock.now()).toBe(100)
      expect(yield* errorOf(() => hive.ref.call.store(-1)[Symbol.iterator]() as Routine<unknown>)).toMatchObject({ code: "refused" })
      expect(yield* hive.receiveMany(2)).toEqual([{ method: "store", args: [4] }, { method: "store", args: [-1] }])
    }))

  it("is told of every message, until it says stop or is switched off", () =>
    simulate(function* ({ system }) {
      const [pong, asker] = [createProbe<string>(system), createProbe<string>(system)]
      pong.autopilot((message, pilot) => {
        pilot.reply(`${message} from ${String(pilot.sender)}`)
        return message === "last" ? "stop" : undefined
      })
      for (const message of ["first", "last", "unheard"]) asker.send(pong.ref, message)
      expect(yield* asker.receiveMany(2)).toEqual([`first from ${String(asker)}`, `last from ${String(asker)}`])
      yield* asker.expectNoMessage()
      pong.autopilot((_message, { reply: answer }) => answer("again"))
      asker.send(pong.ref, "more")
      yield* asker.expectMessage("again")
      pong.autopilot(null)
      asker.send(pong.ref, "no more")
      yield* asker.expectNoMessage()
      expect(pong.received).toEqual(["first", "last", "unheard", "more", "no more"])
    }))
})
