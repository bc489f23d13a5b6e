// The program is really run, in a process of its own: that is why its test is slow.
import { CallError, type Ref } from "@vivarium/actors"
import { type Operation, type Routine, sleep } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { Room } from "../../examples/chat-room/room.ts"
import { Session } from "../../examples/chat-room/session.ts"
import { endingOf, runExample } from "./story.ts"
import { inVirtualWorld, type VirtualWorld } from "./virtual-world.ts"

it("the chat room prints what its README shows", { timeout: 60_000 }, async () => {
  expect(await runExample("chat-room")).toEqual(endingOf("chat-room"))
})

interface Scene extends VirtualWorld {
  readonly room: Ref<Room>
  readonly enter: (name: string, screen: string[], msPerLine?: number) => Operation<Ref<Session>>
}

function inScene(play: (scene: Scene) => Routine): Promise<void> {
  return inVirtualWorld(function* (world) {
    const room = yield* world.system.start(Room)
    yield* play({
      ...world,
      room,
      enter: (name, screen, msPerLine = 0) => {
        const show = (text: string): void => {
          if (text.endsWith("!")) throw new Error("too loud")
          screen.push(text)
        }
        return world.system.start(Session, { args: [name, room, { show, msPerLine }], mailbox: { capacity: 3, overflow: "dropOldest" } })
      },
    })
  })
}

describe("the chat room", () => {
  it("tells everybody everything in one order, from their coming on", () =>
    inScene(function* ({ enter }) {
      const one: string[] = []
      const other: string[] = []
      const ada = yield* enter("Ada", one)
      const ben = yield* enter("Ben", other)
      yield* ada.call.type("hello")
      yield* ben.call.type("hello Ada")
      yield* sleep(1)
      expect(one).toEqual(["Ada has come in", "Ben has come in", "Ada: hello", "Ben: hello Ada"])
      expect(other).toEqual(one.slice(1))
    }))

  it("is held up by nobody who is slow; they miss the oldest lines, and know how many", () =>
    inScene(function* ({ enter, now }) {
      const quick: string[] = []
      const slow: string[] = []
      const ada = yield* enter("Ada", quick)
      yield* enter("Cleo", slow, 100)
      yield* sleep(1000)
      for (let line = 1; line <= 6; line++) yield* ada.call.type(String(line))
      yield* sleep(1)
      expect(quick.slice(-6)).toEqual(["Ada: 1", "Ada: 2", "Ada: 3", "Ada: 4", "Ada: 5", "Ada: 6"])
      expect(now()).toBe(1001)
      yield* sleep(1000)
      expect(slow).toEqual(["Cleo has come in", "Ada: 1", "(2 missed)", "Ada: 4", "Ada: 5", "Ada: 6"])
    }))

  it("lets the others know who has left and who was cut off", () =>
    inScene(function* ({ enter, room }) {
      const screen: string[] = []
      const ada = yield* enter("Ada", [])
      yield* enter("Ben", screen)
      yield* enter("Cleo", [])
      yield* ada.stop()
      yield* sleep(1)
      expect(screen.at(-1)).toBe("Ada has left")
      expect(yield* room.call.members()).toEqual(["Ben", "Cleo"])
    }))

  it("contains the crash of a session", () =>
    inScene(function* ({ enter, room, system }) {
      const deaf = system.start(Session, { args: ["Deaf", room, { show: () => {}, msPerLine: 0 }] })
      const ada = yield* deaf
      const ben = yield* enter("Ben", [])
      yield* ada.call.type("good morning!")
      yield* sleep(1)
      expect([ada.alive, ben.alive, room.alive]).toEqual([true, false, true])
      const said = yield* room.call.history()
      expect(said.at(-1)?.text).toBe("Ben was cut off")
      expect(system.statistics().crashed).toBe(1)
    }))

  it("does not let in two of one name, nor anybody speak who is not there", () =>
    inScene(function* ({ enter, room, system }) {
      yield* enter("Ada", [])
      let failure: unknown
      try {
        yield* enter("Ada", [])
      } catch (error) {
        failure = error
      }
      expect(failure).toMatchObject({ code: "init_failed", cause: { code: "refused" } })
      expect(yield* room.call.members()).toEqual(["Ada"])
      const speech = room.request.say("let me in")
      yield* sleep(1)
      expect(() => speech.take()).toThrow(CallError)
      expect(system.statistics().processes).toBe(2)
    }))

  it("remembers the last hundred lines", () =>
    inScene(function* ({ enter, room }) {
      const ada = yield* enter("Ada", [])
      for (let line = 2; line <= 150; line++) yield* ada.call.type(String(line))
      const all = yield* room.call.history()
      expect([all.length, all[0]?.number, all.at(-1)]).toEqual([100, 51, { number: 150, text: "Ada: 150" }])
      expect(yield* room.call.history(148)).toHaveLength(2)
    }))
})
