/** Back-off where children share their fate: the group stops first and waits together, and whatever happens meanwhile ends in the same order. */
import { Actor, type Ref } from "@vivarium/actors"
import { child, type ChildSpec, type LifeOptions, type Strategy, supervisor, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { childrenOf, nodeOf, TendedStage } from "./fixtures/tended-stage.ts"

let stage: TendedStage
/** Who has come and gone since the last look. */
let log: string[]
/** How often who is to fail. */
let failures: Map<string, number>

class Bee extends Actor {
  #name = ""
  init(name: string) {
    this.#name = name
    const left = failures.get(name) ?? 0
    failures.set(name, left - 1)
    if (left > 0) throw new Error("rain")
    log.push(`+${name}`)
  }
  sting() {
    throw new Error("stung")
  }
  work() {
    return "works"
  }
  terminate() {
    log.push(`-${this.#name}`)
  }
}

const EVEN = { minMs: 100, factor: 2, jitter: 0 }
const bee = (id: string, options: LifeOptions = {}): ChildSpec<Ref<Bee>> => child(Bee, { id, args: [id], ...options })

beforeEach(() => {
  stage = new TendedStage()
  log = []
  failures = new Map()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

/** Children a to d, of which b backs off, and whoever else is named. */
function tend(strategy: Strategy, patient: string = "b", maxRestarts = 0): SupervisorRef {
  const children = ["a", "b", "c", "d"].map((id) => bee(id, { backoff: patient.includes(id) ? EVEN : undefined }))
  const top = stage.value(() => stage.system.start(supervisor({ id: "top", strategy, maxRestarts, children })))
  log.length = 0
  stage.news()
  return top
}

function crash(top: SupervisorRef, ...ids: readonly string[]): void {
  for (const id of ids) (top.child(id) as Ref<Bee>).cast.sting()
  stage.pass()
}

/** Who has come and gone, in one word. */
const seen = (): string => log.splice(0).join(" ")

/** What all do: a letter each, capital if it runs, in brackets if it waits out a delay. */
function shape(top: SupervisorRef): string {
  return childrenOf(top).map((text) => (text.endsWith(" restarting") ? `(${text[0]})` : text.endsWith(" stopped") ? text[0] : text.toUpperCase())).join("")
}

const GROUPS = [
  { strategy: "one_for_all", waits: "a(b)cd", stopped: "-b -d -c -a", started: "+a +b +c +d" },
  { strategy: "rest_for_one", waits: "A(b)cd", stopped: "-b -d -c", started: "+b +c +d" },
] as const

describe.each(GROUPS)("$strategy", ({ started, stopped, strategy, waits }) => {
  const without = started.replace("+b ", "")

  it("stops the group first, the youngest first, and starts it in order when the delay is over", () => {
    const top = tend(strategy)
    crash(top, "b")
    expect([shape(top), seen(), nodeOf(top, "b").restartsInMs]).toEqual([waits, stopped, 100])
    stage.pass(99)
    expect([shape(top), seen()]).toEqual([waits, ""])
    stage.pass(1)
    expect([shape(top), seen(), top.tree().restarts, stage.timers]).toEqual(["ABCD", started, 0, 0])
    expect(stage.news().filter((line) => line.startsWith("child_restarted"))).toEqual(started.split(" ").map((one) => `child_restarted ${one[1]}`))
  })

  it("stops it again for each failure, and the delays grow", () => {
    const top = tend(strategy)
    for (const delay of [100, 200, 400]) {
      crash(top, "b")
      expect([shape(top), nodeOf(top, "b").restartsInMs]).toEqual([waits, delay])
      stage.pass(delay)
      expect([shape(top), seen()]).toEqual(["ABCD", `${stopped} ${started}`])
    }
  })

  it("waits again when the delayed start fails, and stops those that were up already", () => {
    const top = tend(strategy)
    failures.set("b", 2)
    crash(top, "b")
    seen()
    stage.pass(100)
    expect([shape(top), seen(), nodeOf(top, "b").restartsInMs]).toEqual([waits, strategy === "one_for_all" ? "+a -a" : "", 200])
    stage.pass(200)
    stage.pass(400)
    expect([shape(top), top.tree().restarts]).toEqual(["ABCD", 0])
  })

  it("is one failure if several fail at once", () => {
    const top = tend(strategy)
    crash(top, "b", "c", "d")
    expect([shape(top), top.tree().restarts]).toEqual([waits, 0])
    stage.pass(100)
    expect(shape(top)).toBe("ABCD")
  })

  it("starts the rest of the group when the one that waits is terminated", () => {
    const top = tend(strategy)
    crash(top, "b")
    seen()
    stage.value(() => top.terminateChild("b"))
    expect([shape(top), seen(), stage.timers]).toEqual(["AbCD", without, 0])
    stage.value(() => top.deleteChild("b"))
    stage.pass(1000)
    expect(shape(top)).toBe("ACD")
  })

  it("starts all together in the end, also those that were stopped by hand meanwhile, as OTP does", () => {
    const top = tend(strategy)
    crash(top, "b")
    stage.value(() => top.terminateChild("c"))
    expect([shape(top), seen()]).toEqual([waits, stopped])
    stage.pass(100)
    expect([shape(top), seen()]).toEqual(["ABCD", started])
  })

  it("forgets those that were deleted meanwhile", () => {
    const top = tend(strategy)
    crash(top, "b")
    stage.value(() => top.deleteChild("c"))
    stage.pass(100)
    expect(shape(top)).toBe("ABD")
  })

  it("leaves those running that were started by hand meanwhile", () => {
    const top = tend(strategy)
    crash(top, "b")
    seen()
    stage.value(() => top.startChild(bee("e")))
    stage.value(() => top.restartChild("d"))
    expect([shape(top), seen()]).toEqual([`${waits.slice(0, -1)}DE`, "+e +d"])
    const { ref } = nodeOf(top, "d")
    stage.pass(100)
    expect([shape(top), seen(), nodeOf(top, "d").ref]).toEqual(["ABCDE", started.replace(" +d", ""), ref])
  })

  it("takes one that was started by hand, and fails, back into the group that waits", () => {
    const top = tend(strategy, "b", 1)
    crash(top, "b")
    stage.value(() => top.restartChild("d"))
    crash(top, "d")
    expect([shape(top), top.tree().restarts, nodeOf(top, "b").restartsInMs]).toEqual([waits, 1, 100])
    stage.pass(100)
    expect([shape(top), stage.timers]).toEqual(["ABCD", 0])
  })

  it("gives up when such a failure is one too many, and the delay is over with it", () => {
    const top = tend(strategy)
    crash(top, "b")
    stage.value(() => top.restartChild("d"))
    crash(top, "d")
    expect([top.alive, stage.timers, stage.system.processes]).toEqual([false, 0, []])
  })

  it("waits for the last of two delays, and starts the group once", () => {
    const top = tend(strategy, "bd")
    crash(top, "b")
    stage.pass(50)
    stage.value(() => top.restartChild("d"))
    crash(top, "d")
    seen()
    expect(shape(top)).toBe(waits.replace("d", "(d)"))
    stage.pass(50)
    // Under rest_for_one nobody in front of the one that waits depends on it.
    const [meanwhile, first, then] = strategy === "rest_for_one" ? ["ABC(d)", "+b +c", "+d"] : ["abc(d)", "", started]
    expect([shape(top), seen()]).toEqual([meanwhile, first])
    stage.pass(50)
    expect([shape(top), seen(), stage.timers]).toEqual(["ABCD", then, 0])
  })

  it("of two delays starts nobody behind one that waits longer", () => {
    const top = tend(strategy, "bd")
    crash(top, "b")
    stage.pass(100)
    crash(top, "b")
    stage.value(() => top.restartChild("d"))
    crash(top, "d")
    seen()
    stage.pass(100)
    expect([shape(top), seen()]).toEqual([waits, ""])
    stage.pass(100)
    expect([shape(top), seen(), stage.timers]).toEqual(["ABCD", started, 0])
  })

  it("terminates one of two that wait, and the other one still holds the rest", () => {
    const top = tend(strategy, "bc")
    crash(top, "b")
    stage.value(() => top.restartChild("c"))
    crash(top, "c")
    expect(shape(top)).toBe(waits.replace("c", "(c)"))
    seen()
    stage.value(() => top.terminateChild("b"))
    expect([shape(top), seen()]).toEqual([waits.replace("(b)c", "b(c)"), ""])
    stage.pass(100)
    expect([shape(top), stage.timers]).toEqual([strategy === "rest_for_one" ? "AbCD" : "ABCD", 0])
  })

  it("forgets temporary members with the group", () => {
    const children = [bee("a"), bee("b", { backoff: EVEN }), bee("c", { restart: "temporary" }), bee("d")]
    const top = stage.value(() => stage.system.start(supervisor({ strategy, maxRestarts: 0, children })))
    crash(top, "b")
    stage.pass(100)
    expect(shape(top)).toBe("ABD")
  })

  it("counts what fails beside it when the delay is over: that one has no delays", () => {
    const top = tend(strategy, "b", 2)
    failures.set("c", 2)
    crash(top, "b")
    stage.pass(100)
    expect([shape(top), top.tree().restarts, nodeOf(top, "b").attempts]).toEqual(["ABCD", 2, 1])
  })

  it("gives up when that is one too many", () => {
    const top = tend(strategy, "b", 1)
    failures.set("c", 9)
    crash(top, "b")
    stage.pass(100)
    expect([top.alive, stage.timers, stage.system.processes]).toEqual([false, 0, []])
  })

  it("is done with at once when the supervisor is stopped or killed", () => {
    for (const killed of [false, true]) {
      const top = tend(strategy)
      crash(top, "b")
      if (killed) top.exit({ kind: "kill" })
      else stage.begin(() => top.stop())
      stage.pass()
      expect([top.alive, stage.timers, stage.system.processes]).toEqual([false, 0, []])
    }
  })

  it("gives up after maxAttempts of one of the group", () => {
    const children = [bee("a"), bee("b", { backoff: { ...EVEN, maxAttempts: 1 } }), bee("c")]
    const top = stage.value(() => stage.system.start(supervisor({ strategy, maxRestarts: 0, children })))
    crash(top, "b")
    stage.pass(100)
    seen()
    crash(top, "b")
    expect([top.alive, seen(), stage.timers]).toEqual([false, "-b -c -a", 0])
  })
})

describe("rest_for_one", () => {
  it("leaves those in front running, and they are answered", () => {
    const top = tend("rest_for_one")
    crash(top, "b")
    expect(stage.outcome(() => (top.child("a") as Ref<Bee>).call.work())).toMatchObject({ value: "works", at: 0 })
  })

  it("restarts one in front that fails meanwhile, and the rest waits on", () => {
    const top = tend("rest_for_one", "b", 1)
    crash(top, "b")
    stage.pass(40)
    crash(top, "a")
    expect([shape(top), nodeOf(top, "b").restartsInMs, seen()]).toEqual(["A(b)cd", 60, "-b -d -c -a +a"])
    stage.pass(60)
    expect([shape(top), seen()]).toEqual(["ABCD", "+b +c +d"])
  })

  it("waits for one in front that backs off longer", () => {
    const top = tend("rest_for_one", "ab")
    crash(top, "b")
    stage.pass(50)
    crash(top, "a")
    expect(shape(top)).toBe("(a)(b)cd")
    stage.pass(50)
    expect(shape(top)).toBe("(a)bcd")
    stage.pass(50)
    expect([shape(top), stage.timers]).toEqual(["ABCD", 0])
  })

  it("starts what is in front when its delay is over, and the rest behind the longer one later", () => {
    const top = tend("rest_for_one", "ab")
    crash(top, "b")
    stage.pass(100)
    crash(top, "b")
    crash(top, "a")
    stage.pass(100)
    expect(shape(top)).toBe("A(b)cd")
    stage.pass(100)
    expect(shape(top)).toBe("ABCD")
  })
})
