// The program is really run, in a process of its own: that is why its test is slow. All else is played in memory, on virtual time.
import { ExitReason } from "@vivarium/actors"
import { schedule, sleep, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { byDefault } from "../../examples/chat/settings.ts"
import { inScene, type Person } from "./chat-scene.ts"
import { endingOf, runExample } from "./story.ts"

it("the chat prints what its README shows", { timeout: 60_000 }, async () => {
  expect(await runExample("chat")).toEqual(endingOf("chat"))
})

const HELLO = "There are /join room, /leave, /who and /quit. What does not begin with / is told to the room."
const COMMANDS = "but /join room, /leave, /who and /quit."

describe("the chat", () => {
  it("asks for a name until there is one that nobody has, in whatever case", () =>
    inScene({}, function* ({ connects, directory, enters }) {
      const ada = yield* enters("Ada")
      const other = connects()
      yield* other.says("", "not a name", "ADA", "Ben")
      expect(yield* other.reads(5)).toEqual([
        "* Welcome. What is your name?",
        "* A name has 1 to 20 letters, digits, - or _.",
        "* A name has 1 to 20 letters, digits, - or _.",
        "* Somebody here is called ADA already. What is your name?",
        `* Hello Ben. ${HELLO}`,
      ])
      yield* ada.says("/quit")
      expect(yield* ada.readsToTheEnd()).toEqual(["* Good bye."])
      yield* ada.served
      expect(directory.members.select().map(({ key }) => key)).toEqual(["ben"])
      yield* enters("ada")
    }))

  it("does not ask for ever", () =>
    inScene({}, function* ({ connects }) {
      const person = connects()
      yield* person.says("?", "?", "?", "?", "?", "Ada")
      expect((yield* person.readsToTheEnd()).slice(-2)).toEqual(["* A name has 1 to 20 letters, digits, - or _.", "* Come back when you have one. Good bye."])
    }))

  it("tells everybody in a room everything in one order, and nobody elsewhere", () =>
    inScene({}, function* ({ enters }) {
      const ada = yield* enters("Ada", "bees")
      const ben = yield* enters("Ben", "bees")
      const cleo = yield* enters("Cleo", "wasps")
      yield* ada.says("hello", "/who")
      expect(yield* ada.reads(3)).toEqual(["* Ben has come in", "Ada: hello", "* In bees are Ada, Ben."])
      yield* ben.says("hello Ada")
      expect(yield* ada.reads(1)).toEqual(["Ben: hello Ada"])
      expect(yield* ben.reads(2)).toEqual(["Ada: hello", "Ben: hello Ada"])
      yield* cleo.says("/who")
      expect(yield* cleo.readsAll()).toEqual(["* In wasps are Cleo."])
    }))

  it("has everybody in one room at a time, and no room that is empty", () =>
    inScene({}, function* ({ directory, enters }) {
      const ada = yield* enters("Ada", "bees")
      const ben = yield* enters("Ben", "Bees")
      yield* ben.says("/join wasps", "/leave", "/leave", "hello?", "/join", "/crash")
      yield* sleep(1)
      expect(directory.rooms.select().map(({ key }) => key)).toEqual(["bees"])
      expect(yield* ada.reads(2)).toEqual(["* Ben has come in", "* Ben has left"])
      const nowhere = "* You are in no room. Please /join one first."
      expect(yield* ben.readsAll()).toEqual([
        "* You have left bees.",
        "* Ben has come in",
        "* In wasps are Ben.",
        "* You have left wasps.",
        nowhere,
        nowhere,
        "* The name of a room has 1 to 20 letters, digits, - or _.",
        nowhere,
      ])
      yield* ada.connection.reset()
      yield* ada.served
      yield* sleep(1)
      expect([directory.rooms.count(), directory.seats.count(), directory.members.count()]).toEqual([0, 0, 1])
    }))

  it("lets people come into a room that the last one is just leaving", () =>
    inScene({}, function* ({ directory, enters }) {
      const ada = yield* enters("Ada", "bees")
      const ben = yield* enters("Ben")
      for (let round = 0; round < 20; round++) {
        yield* ada.says(round % 2 === 0 ? "/leave" : "/join bees")
        for (let turns = 0; turns < round % 7; turns++) yield* schedule()
        yield* ben.says(round % 2 === 0 ? "/join bees" : "/leave")
        yield* sleep(1)
        expect(directory.seats.lookup("bees").map(({ value }) => value)).toEqual([round % 2 === 0 ? "Ben" : "Ada"])
      }
      expect((yield* ben.readsAll()).filter((line) => /again/.test(line))).toEqual([])
    }))

  it("answers lines that are too long or cannot be shown, and goes on", () =>
    inScene({ lineBytes: 20 }, function* ({ connects, enters }) {
      const ada = yield* enters("Ada", "bees", { chunkBytes: 7 })
      const cannot = "* That line has characters that cannot be shown."
      const long = "* A line has at most 20 bytes."
      yield* ada.connection.write(["x".repeat(20), "\r\n", "y".repeat(21), "\n", "z".repeat(100_000), "\nback\n"])
      expect(yield* ada.reads(4)).toEqual([`Ada: ${"x".repeat(20)}`, long, long, "Ada: back"])
      for (const bytes of ["\u001b[2J", "a\tb", "a\u0000", "\u202eevil", "a\u2028b", Buffer.from([0xc3, 0x28])]) {
        yield* ada.connection.write([bytes, "\n"])
        expect(yield* ada.reads(1)).toEqual([cannot])
      }
      yield* ada.says("/dance", "/join \u00e4")
      expect(yield* ada.reads(2)).toEqual([`* There is no /dance, ${COMMANDS}`, "* The name of a room has 1 to 20 letters, digits, - or _."])
      const nameless = connects()
      yield* nameless.says("\u0007", "x".repeat(30), "Ben")
      expect((yield* nameless.reads(4)).slice(1)).toEqual([cannot, long, `* Hello Ben. ${HELLO}`])
    }))

  it("lets go who sends a line without an end", () =>
    inScene({}, function* ({ enters }) {
      const ada = yield* enters("Ada", "bees")
      const writing = tasklet(function* () {
        try {
          for (;;) yield* ada.connection.write("x".repeat(10_000))
        } catch (error) {
          return error
        }
      })
      expect(yield* writing).toMatchObject({ code: "connection_closed" })
      expect(yield* ada.readsToTheEnd()).toEqual(["* That line has no end. Good bye."])
    }))
})

describe("a room that crashes", () => {
  it("comes back with everybody in it, tells them, and keeps all connections", () =>
    inScene({}, function* ({ enters, now, roomOf, system }) {
      const ada = yield* enters("Ada", "bees")
      const ben = yield* enters("Ben", "bees")
      yield* ada.reads(1)
      const before = roomOf("bees")
      yield* ada.says("/crash", "still here?")
      yield* ben.says("yes")
      const back = "* bees has crashed, and is back. You are still in it."
      const unheard = "* bees did not hear that, for it has crashed or is too busy. Please try again."
      const heard = yield* ada.reads(4)
      expect(new Set(heard)).toEqual(new Set([unheard, back, "Ada: still here?", "Ben: yes"]))
      expect((yield* ben.reads(3)).filter((line) => line !== unheard)).toContain(back)
      expect([before.alive, roomOf("bees").alive, system.statistics().crashed]).toEqual([false, true, 1])
      expect(now()).toBe(0)
      yield* ben.says("/quit")
      expect((yield* ada.readsAll()).at(-1)).toBe("* Ben has left")
    }))

  it("does so whatever the reason, also a kill", () =>
    inScene({}, function* ({ enters, roomOf }) {
      const ada = yield* enters("Ada", "bees")
      for (const reason of [ExitReason.kill, ExitReason.custom("stung"), ExitReason.error(new Error("rain"))]) {
        roomOf("bees").exit(reason)
        expect(yield* ada.readsAll()).toEqual(["* bees has crashed, and is back. You are still in it."])
      }
    }))

  it("is not to be had by everybody", () =>
    inScene({ crashes: false }, function* ({ enters, system }) {
      const ada = yield* enters("Ada", "bees")
      yield* ada.says("/crash")
      expect(yield* ada.readsAll()).toEqual([`* There is no /crash, ${COMMANDS}`])
      expect(system.statistics().crashed).toBe(0)
    }))
})

describe("who reads slowly", () => {
  const words = "x".repeat(100)

  it("holds up nobody, and is let go when the outbox is full", () =>
    inScene({ outboxLines: 10, lineBytes: 100 }, function* ({ enters, now }) {
      const ada = yield* enters("Ada", "bees")
      const cleo = yield* enters("Cleo", "bees", { highWaterBytes: 1_000 })
      yield* ada.reads(1)
      let heard: readonly (string | undefined)[] = []
      let said = 0
      do {
        said++
        yield* ada.says(words)
        heard = yield* ada.reads(1)
      } while (heard[0] === `Ada: ${words}`)
      expect(heard).toEqual(["* Cleo was let go, for reading too slowly"])
      expect(said).toBeGreaterThan(10)
      expect(said).toBeLessThan(50)
      expect(now()).toBe(0)
      const left = yield* cleo.readsToTheEnd()
      expect(left.at(-1)).toBe("* You read too slowly. Good bye.")
      expect(new Set(left.slice(0, -1))).toEqual(new Set([`Ada: ${words}`]))
      expect(yield* ada.readsAll()).toEqual([`Ada: ${words}`])
    }))

  it("is broken off if not even the good bye is read", () =>
    inScene({ outboxLines: 10, lineBytes: 100, farewellMs: 2_000 }, function* ({ directory, enters, now }) {
      const ada = yield* enters("Ada", "bees")
      const cleo = yield* enters("Cleo", "bees", { highWaterBytes: 1_000 })
      for (let line = 0; line < 50; line++) {
        yield* ada.says(words)
        yield* ada.reads(1)
      }
      yield* cleo.served
      expect(now()).toBe(2_000)
      yield* sleep(1)
      expect(cleo.connection.isClosed).toBe(true)
      expect(directory.members.select().map(({ key }) => key)).toEqual(["ada"])
    }))

  it("is let go also if one line waits for too long", () =>
    inScene({ lineBytes: 2_000, idleMs: Infinity }, function* ({ directory, enters }) {
      const ada = yield* enters("Ada", "bees")
      yield* enters("Cleo", "bees", { highWaterBytes: 1_000, idleMs: 60_000 })
      yield* ada.reads(1)
      for (let line = 0; line < 3; line++) yield* ada.says("x".repeat(1_500))
      expect(yield* ada.reads(3)).toHaveLength(3)
      yield* sleep(59_999)
      expect(directory.seats.count("bees")).toBe(2)
      yield* sleep(10 + byDefault.farewellMs)
      expect(directory.seats.count("bees")).toBe(1)
      expect(yield* ada.reads(1)).toEqual(["* Cleo was let go, for reading too slowly"])
    }))

  it("is not who is told much at once", () =>
    inScene({ outboxLines: 100 }, function* ({ enters }) {
      const people: Person[] = []
      for (let number = 0; number < 150; number++) people.push(yield* enters(`P${number}`, "bees"))
      const rest = yield* people[0]!.readsAll()
      expect(rest).toHaveLength(149)
      for (const person of people) tasklet(() => person.says("now", "and again"))
      yield* sleep(1)
      const said = (yield* people[0]!.readsAll()).filter((line) => !line.startsWith("*"))
      expect(said).toHaveLength(300)
      expect(said.filter((line) => line.endsWith(": now"))).toHaveLength(150)
    }))
})

describe("who says nothing", () => {
  it("is let go: sooner without a name", () =>
    inScene({ nameMs: 30_000, idleMs: 600_000 }, function* ({ connects, enters, now }) {
      const nameless = connects()
      expect((yield* nameless.readsToTheEnd())[1]).toBe("* Nothing came from you for 30 seconds. Good bye.")
      expect(now()).toBe(30_000)
      const ada = yield* enters("Ada")
      yield* sleep(590_000)
      yield* ada.says("")
      yield* sleep(590_000)
      expect(ada.connection.isClosed).toBe(false)
      expect(yield* ada.readsToTheEnd()).toEqual(["* Nothing came from you for 600 seconds. Good bye."])
      expect(now()).toBe(30_000 + 590_000 + 600_000)
    }))

  it("is not helped by dripping letters", () =>
    inScene({ nameMs: 30_000 }, function* ({ connects, now }) {
      const slow = connects()
      const dripping = tasklet(function* () {
        for (let letter = 0; letter < 20; letter++) {
          yield* sleep(10_000)
          if (!slow.connection.isClosed) yield* slow.connection.write("x")
        }
      })
      yield* slow.served
      expect(now()).toBeLessThan(40_000)
      yield* dripping
    }))
})

describe("the end", () => {
  it("is told to everybody when the chat closes", () =>
    inScene({}, function* ({ closing, connects, directory, enters }) {
      const nameless = connects()
      const ada = yield* enters("Ada", "bees")
      closing.set()
      expect((yield* nameless.readsToTheEnd()).at(-1)).toBe("* The chat closes. Good bye.")
      expect((yield* ada.readsToTheEnd()).at(-1)).toBe("* The chat closes. Good bye.")
      yield* sleep(1)
      expect([directory.members.count(), directory.seats.count(), directory.rooms.count()]).toEqual([0, 0, 0])
    }))

  it("of a connection is told to the room, in order or not", () =>
    inScene({}, function* ({ enters }) {
      const ada = yield* enters("Ada", "bees")
      const ben = yield* enters("Ben", "bees")
      const cleo = yield* enters("Cleo", "bees")
      yield* ben.connection.end()
      yield* cleo.connection.reset()
      const dora = yield* enters("Dora", "bees")
      dora.served.kill()
      yield* sleep(1)
      expect((yield* ada.readsAll()).filter((line) => !line.endsWith("come in")).toSorted()).toEqual(["* Ben has left", "* Cleo was cut off", "* Dora was cut off"])
    }))

  it("leaves no name taken, at whatever moment it comes", () =>
    inScene({}, function* ({ connects, directory }) {
      for (let turns = 0; turns < 30; turns++) {
        const ada = connects()
        yield* ada.says("Ada", "/join bees", "hello")
        for (let turn = 0; turn < turns; turn++) yield* schedule()
        ada.served.kill()
        // A room that was made for nobody waits for a second.
        yield* sleep(1_001)
        expect([directory.members.count(), directory.seats.count(), directory.rooms.count()]).toEqual([0, 0, 0])
      }
    }))
})
