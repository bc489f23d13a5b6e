// The program is really run, in a process of its own: that is why its test is slow.
import { CallError, ExitReason, type Pending, type Ref } from "@vivarium/actors"
import { Random, type Routine, schedule, sleep } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { Trader } from "../../examples/trade/trader.ts"
import { endingOf, runExample } from "./story.ts"
import { inVirtualWorld, type VirtualWorld } from "./virtual-world.ts"

it("the trade prints what its README shows", { timeout: 60_000 }, async () => {
  expect(await runExample("trade")).toEqual(endingOf("trade"))
})

interface Player {
  readonly ref: Ref<Trader>
  readonly heard: string[]
}

interface Scene extends VirtualWorld {
  readonly ada: Player
  readonly ben: Player
  /** Brings the two to the table; the first one asks. */
  readonly sitDown: (one?: Player, other?: Player) => Routine
}

function inScene(play: (scene: Scene) => Routine): Promise<void> {
  return inVirtualWorld(function* (world) {
    function* player(name: string, ...items: string[]): Routine<Player> {
      const heard: string[] = []
      return { heard, ref: yield* world.system.start(Trader, { args: [items, (news: string) => heard.push(news)], name }) }
    }
    const ada = yield* player("Ada", "honey", "candle")
    const ben = yield* player("Ben", "apple", "pear")
    yield* play({
      ...world,
      ada,
      ben,
      *sitDown(one = ada, other = ben) {
        const asked = one.ref.request.ask(other.ref)
        yield* sleep(1)
        yield* other.ref.call.accept()
        expect(yield* asked).toBe(true)
      },
    })
  })
}

function* itemsOf(...players: readonly Player[]): Routine<readonly (readonly string[])[]> {
  const all: (readonly string[])[] = []
  for (const { ref } of players) all.push((yield* ref.call.items()).toSorted())
  return all
}

function* stateOf({ ref }: Player): Routine<unknown> {
  return ((yield* ref.getState()) as { readonly state: unknown }).state
}

function* failureOf(pending: Pending<unknown>): Routine<string> {
  try {
    yield* pending
  } catch (error) {
    if (error instanceof CallError) return `${error.code}: ${(error.cause as Error | undefined)?.message}`
  }
  return "none"
}

describe("two traders", () => {
  it.for(["Ada", "Ben"])("swap what both have agreed to, whoever asks: %s", (asker) =>
    inScene(function* ({ ada, ben, sitDown }) {
      yield* asker === "Ada" ? sitDown(ada, ben) : sitDown(ben, ada)
      yield* ada.ref.call.offer("honey")
      yield* ben.ref.call.offer("apple")
      yield* ben.ref.call.offer("pear")
      yield* ben.ref.call.retract("apple")
      const ready = [ben.ref.request.ready(), ada.ref.request.ready()] as const
      expect([yield* ready[0], yield* ready[1]]).toEqual([true, true])
      expect(yield* itemsOf(ada, ben)).toEqual([["candle", "pear"], ["apple", "honey"]])
      expect([yield* stateOf(ada), yield* stateOf(ben)]).toEqual(["idle", "idle"])
    }))

  it("may ask each other at the same time", () =>
    inScene(function* ({ ada, ben }) {
      const asked = [ada.ref.request.ask(ben.ref), ben.ref.request.ask(ada.ref)] as const
      expect([yield* asked[0], yield* asked[1]]).toEqual([true, true])
      expect([yield* stateOf(ada), yield* stateOf(ben)]).toEqual(["negotiating", "negotiating"])
    }))

  it("are not ready any more when the deal changes", () =>
    inScene(function* ({ ada, ben, sitDown }) {
      yield* sitDown()
      yield* ada.ref.call.offer("honey")
      const ready = ada.ref.request.ready()
      yield* sleep(1)
      yield* ben.ref.call.offer("apple")
      expect(yield* ready).toBe(false)
      const late = ben.ref.request.ready()
      yield* sleep(1)
      expect(late.settled).toBe(false)
      expect(yield* itemsOf(ada, ben)).toEqual([["candle", "honey"], ["apple", "pear"]])
    }))

  it.for(["older", "younger"] as const)("do not close a deal that the %s one takes for agreed by mistake", (mistaken) =>
    inScene(function* ({ ada, ben, sitDown }) {
      yield* sitDown()
      const [quick, fickle] = mistaken === "older" ? [ben, ada] : [ada, ben]
      const item = (yield* fickle.ref.call.items())[0] as string
      // An offer comes and goes while the agreement of the quick one is on its way: when it arrives, it looks right.
      const agreement = quick.ref.request.ready()
      const [offered, retracted, ready] = [fickle.ref.request.offer(item), fickle.ref.request.retract(item), fickle.ref.request.ready()]
      yield* sleep(1)
      expect([offered.settled, retracted.settled]).toEqual([true, true])
      expect(yield* agreement).toBe(false)
      // The older one has asked for a promise and was told no. The younger one waits to be asked.
      expect(ready.settled).toBe(mistaken === "older")
      const again = [quick.ref.request.ready(), mistaken === "older" ? fickle.ref.request.ready() : ready] as const
      expect([yield* again[0], yield* again[1]]).toEqual([true, true])
    }))

  it("offer only what they have, once, and take back only what they offer", () =>
    inScene(function* ({ ada, sitDown }) {
      yield* sitDown()
      yield* ada.ref.call.offer("honey")
      expect(yield* failureOf(ada.ref.request.offer("honey"))).toBe("refused: there is no honey to offer")
      expect(yield* failureOf(ada.ref.request.retract("candle"))).toBe("refused: candle is not on offer")
    }))

  it("refuse what has no place in their state, and live on", () =>
    inScene(function* ({ ada, ben, sitDown, system }) {
      expect(yield* failureOf(ada.ref.request.accept())).toBe("refused: nobody has asked")
      expect(yield* failureOf(ada.ref.request.offer("honey"))).toBe("refused: offer() has no place here")
      expect(yield* failureOf(ada.ref.request.cancel())).toBe("refused: cancel() has no place here")
      expect(yield* failureOf(ada.ref.request.ask(ada.ref))).toBe("refused: nobody trades alone")
      yield* sitDown()
      expect(yield* failureOf(ada.ref.request.ask(ben.ref))).toBe("refused: ask() has no place here")
      expect(system.statistics().crashed).toBe(0)
    }))

  it("give up asking somebody who does not answer", () =>
    inScene(function* ({ ada, ben, now }) {
      expect(yield* ada.ref.with({ timeoutMs: Infinity }).call.ask(ben.ref)).toBe(false)
      expect([now(), ada.heard]).toEqual([30_000, ["Ben does not answer"]])
      expect(yield* failureOf(ben.ref.request.accept())).toBe("refused: nobody has asked")
    }))

  it("turn a third one away while they trade", () =>
    inScene(function* ({ ada, ben, sitDown, system }) {
      yield* sitDown()
      const heard: string[] = []
      const cleo = yield* system.start(Trader, { args: [["shoe"], (news: string) => heard.push(news)], name: "Cleo" })
      expect(yield* cleo.call.ask(ada.ref)).toBe(false)
      expect(heard).toEqual(["Ada calls it off"])
      expect([yield* stateOf(ada), yield* stateOf(ben)]).toEqual(["negotiating", "negotiating"])
    }))

  it.for(["asking", "negotiating", "ready"] as const)("part with nothing if one of them calls it off: %s", (state) =>
    inScene(function* ({ ada, ben, sitDown }) {
      const waiting = yield* bring(state, ada, ben, sitDown)
      expect(yield* stateOf(ada)).toBe(state)
      yield* ada.ref.call.cancel()
      yield* sleep(1)
      for (const one of waiting) expect(yield* one).toBe(false)
      expect(yield* itemsOf(ada, ben)).toEqual([["candle", "honey"], ["apple", "pear"]])
      expect([yield* stateOf(ada), yield* stateOf(ben)]).toEqual(["idle", "idle"])
    }))

  it.for(["asking", "negotiating", "ready"] as const)("part with nothing if one of them crashes: %s", (state) =>
    inScene(function* ({ ada, ben, sitDown }) {
      const waiting = yield* bring(state, ada, ben, sitDown)
      ben.ref.exit(ExitReason.error(new Error("stung")))
      yield* sleep(1)
      for (const one of waiting) expect(yield* one).toBe(false)
      expect(ada.heard.at(-1)).toBe("Ben is gone")
      expect(yield* itemsOf(ada)).toEqual([["candle", "honey"]])
      expect(yield* stateOf(ada)).toBe("idle")
    }))
})

/** Brings Ada into a state; gives what she waits for. */
function* bring(state: "asking" | "negotiating" | "ready", ada: Player, ben: Player, sitDown: Scene["sitDown"]): Routine<readonly Pending<boolean>[]> {
  if (state === "asking") {
    const asked = ada.ref.request.ask(ben.ref)
    yield* sleep(1)
    return [asked]
  }
  yield* sitDown()
  yield* ada.ref.call.offer("honey")
  if (state === "negotiating") return []
  const ready = ada.ref.request.ready()
  yield* sleep(1)
  return [ready]
}

const dealsOf = ({ heard }: Player): string[] => heard.filter((news) => news.startsWith("traded "))
const mirrored = (deal: string): string => deal.replace(/^traded (.*) for (.*)$/, "traded $2 for $1")

describe.each([0, 1, 2, 3, 4, 5])("two traders of which one is killed %s turns after both were ready", (turns) => {
  it("leave the younger one with all that the older one had decided", () =>
    inScene(function* ({ ada, ben, sitDown }) {
      const [, ready] = yield* closeDeal(ada, ben, sitDown, turns)
      ada.ref.exit(ExitReason.kill)
      expect(yield* itemsOf(ben)).toEqual([(yield* ready) ? ["honey", "pear"] : ["apple", "pear"]])
      expect(dealsOf(ben)).toEqual(dealsOf(ada).map(mirrored))
    }))

  it("leave the older one with the whole deal or nothing of it", () =>
    inScene(function* ({ ada, ben, sitDown }) {
      const [ready] = yield* closeDeal(ada, ben, sitDown, turns)
      ben.ref.exit(ExitReason.kill)
      expect(yield* itemsOf(ada)).toEqual([(yield* ready) ? ["apple", "candle"] : ["candle", "honey"]])
      expect(dealsOf(ben)).toEqual(dealsOf(ada).map(mirrored).slice(0, dealsOf(ben).length))
    }))
})

function* closeDeal(ada: Player, ben: Player, sitDown: Scene["sitDown"], turns: number): Routine<readonly [Pending<boolean>, Pending<boolean>]> {
  yield* sitDown()
  yield* ada.ref.call.offer("honey")
  yield* ben.ref.call.offer("apple")
  const ready = [ada.ref.request.ready(), ben.ref.request.ready()] as const
  for (let turn = 0; turn < turns; turn++) yield* schedule()
  return ready
}

describe("two traders that do anything in any order", () => {
  it.for(Array.from({ length: 20 }, (_, seed) => seed))("lose nothing and double nothing: seed %s", (seed) =>
    inScene(function* ({ ada, ben, system }) {
      const chance = new Random(seed)
      const pick = <T>(list: readonly T[]): T => list[chance.integer(list.length)] as T
      const players = [ada, ben] as const
      const requests: unknown[] = []
      for (let step = 0; step < 200; step++) {
        const one = pick(players)
        const other = one === ada ? ben : ada
        const item = pick(["honey", "candle", "apple", "pear"])
        const { request } = one.ref.with({ timeoutMs: Infinity })
        const act = pick([
          () => request.ask(other.ref),
          () => request.accept(),
          () => request.accept(),
          () => request.offer(item),
          () => request.offer(item),
          () => request.retract(item),
          () => request.ready(),
          () => request.ready(),
          () => request.ready(),
          () => chance.integer(5) === 0 && request.cancel(),
        ])
        requests.push(act())
        if (chance.integer(2) === 0) yield* sleep(1)
      }
      yield* sleep(60_000)
      for (const { ref } of players) yield* failureOf(ref.request.cancel())
      yield* sleep(1)
      expect((yield* itemsOf(ada, ben)).flat().toSorted()).toEqual(["apple", "candle", "honey", "pear"])
      expect([yield* stateOf(ada), yield* stateOf(ben)]).toEqual(["idle", "idle"])
      expect(dealsOf(ada).length).toBeGreaterThan(0)
      expect(dealsOf(ada)).toEqual(dealsOf(ben).map(mirrored))
      expect(system.statistics().crashed).toBe(0)
    }))
})
