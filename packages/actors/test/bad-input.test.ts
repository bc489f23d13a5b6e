/** Wrong arguments and wrong use: which error, with which code, and what it says to do. */
import assert from "node:assert/strict"
import type { Operation } from "@vivarium/core"
import { Actor, after, type CallError, ExitReason, named, NameTakenError, NoProcessError, on, type Process, type Ref, selfOf, stop, StopError, System } from "@vivarium/actors"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

/** Whatever is passed, the compiler says nothing. */
const wrong = (value: unknown): never => value as never
const notADuration: readonly unknown[] = [NaN, -1, -Infinity, "5", null, 5n, {}, true]
const notACount: readonly unknown[] = [0, -1, NaN, 1.5, "5", null, {}]
const notAFlag: readonly unknown[] = [0, 1, "true", null, {}]
const notAText: readonly unknown[] = [5, null, {}, true]
const notAFunction: readonly unknown[] = [5, null, {}, "text"]
const notAReason: readonly unknown[] = [null, 5, "normal", {}, { kind: "nonsense" }, new Error("x"), []]
const notARef: readonly unknown[] = [undefined, null, 5, {}, "name", { id: 1 }, Promise.resolve()]

function refusal(argument: string, text = /./): Error {
  return expect.objectContaining({ name: "InvalidArgumentError", code: "invalid_argument", argument, message: expect.stringMatching(text) as string }) as Error
}

function misuse(code: string, text: RegExp): Error {
  return expect.objectContaining({ name: "ActorError", code, message: expect.stringMatching(text) as string }) as Error
}

class Bee extends Actor {
  fields = "are no methods"
  readonly assigned = () => "to a field"
  get getter() {
    return () => "of a getter"
  }
  init(_how?: unknown) {}
  fly(where = "home") {
    return where
  }
  *does(step: (self: Bee) => unknown) {
    const outcome = step(this)
    return typeof outcome === "object" && outcome !== null && Symbol.iterator in outcome ? yield* outcome as Operation<unknown> : outcome
  }
  terminate() {}
}

let stage: Stage
let bee: Ref<Bee>
let self: Bee
let raw: Process

beforeAll(() => {
  stage = new Stage()
  bee = stage.system.spawn(Bee, { name: "Maya" })
  stage.system.spawn(
    function* (process: Process) {
      raw = process
      yield* process.receive((_message: unknown) => false)
    },
    { trapExit: true },
  )
  stage.outcome(() => bee.call.does((actor) => void (self = actor)))
})

afterAll(async () => {
  assert.deepEqual([bee.alive, raw.self.alive, stage.crashes], [true, true, []])
  raw.self.exit(ExitReason.kill)
  await stage[Symbol.asyncDispose]()
})

describe("an option that is wrong is refused by its name", () => {
  const options: readonly [string, readonly unknown[], (value: never) => unknown][] = [
    ["args", [5, null, "text", {}, { length: 1 }], (args) => stage.system.spawn(Bee, { args })],
    ["name", [5, null, "", {}, { register: 1 }], (name) => stage.system.spawn(Bee, { name })],
    ["label", notAText, (label) => stage.system.spawn(Bee, { label })],
    ["mailbox", [5, null, "text", []], (mailbox) => stage.system.spawn(Bee, { mailbox })],
    ["mailbox.capacity", notACount, (capacity) => stage.system.spawn(Bee, { mailbox: { capacity } })],
    ["mailbox.overflow", ["drop", 5, null], (overflow) => stage.system.spawn(Bee, { mailbox: { overflow } })],
    ["mailbox.reportAt", notACount, (reportAt) => stage.system.spawn(Bee, { mailbox: { reportAt } })],
    ["mailbox.size", [1], (size) => stage.system.spawn(Bee, { mailbox: wrong({ size }) })],
    ["shutdownMs", notADuration, (shutdownMs) => stage.system.spawn(Bee, { shutdownMs })],
    ["validate", notAFlag, (validate) => stage.system.spawn(Bee, { validate })],
    ["reentrant", notAFlag, (reentrant) => stage.system.spawn(Bee, { reentrant })],
    ["trapExit", notAFlag, (trapExit) => stage.system.spawn(Bee, { trapExit })],
    ["startTimeoutMs", notADuration, (startTimeoutMs) => stage.system.start(Bee, { startTimeoutMs })],
    ["startTimeoutMs", notADuration, (startTimeoutMs) => stage.system.spawn(Bee, { startTimeoutMs })],
    ["options", [5, null, "text", []], (given) => stage.system.spawn(Bee, given)],
    ["options", [5, null, "text", []], (given) => stage.system.start(Bee, given)],
    ["options.nmae", ["Maya"], (nmae) => stage.system.spawn(Bee, wrong({ nmae }))],
    ["options.nmae", ["Maya"], (nmae) => self.spawnLink(Bee, wrong({ nmae }))],
    ["options.nmae", ["Maya"], (nmae) => raw.spawnMonitor(Bee, wrong({ nmae }))],

    ["name", notAText, (name) => new System({ name })],
    ["scheduler", [5, {}, "text"], (scheduler) => new System({ scheduler })],
    ["mailbox.capacity", notACount, (capacity) => new System({ mailbox: { capacity } })],
    ["callTimeoutMs", notADuration, (callTimeoutMs) => new System({ callTimeoutMs })],
    ["messageBudget", [...notACount, Infinity], (messageBudget) => new System({ messageBudget })],
    ["slowMethodMs", [...notADuration, Infinity], (slowMethodMs) => new System({ slowMethodMs })],
    ["shutdownMs", notADuration, (shutdownMs) => new System({ shutdownMs })],
    ["validate", notAFlag, (validate) => new System({ validate })],
    ["log", [0, "text", {}], (log) => new System({ log })],
    ["onUncaught", notAFunction, (onUncaught) => new System({ onUncaught })],
    ["options", [5, null, "text", []], (given) => new System(given)],
    ["options.nmae", ["meadow"], (nmae) => new System(wrong({ nmae }))],

    ["timeoutMs", notADuration, (timeoutMs) => bee.with({ timeoutMs })],
    ["from", [null, 5, {}, "Maya", () => {}], (from) => bee.with({ from })],
    ["from", [1], () => bee.with({ from: wrong(bee) })],
    ["wait", notAFlag, (wait) => bee.with({ wait })],
    ["options", [undefined, 5, null, "text", []], (given) => bee.with(given)],
    ["options.timeout", [5], (timeout) => bee.with(wrong({ timeout }))],

    ["ref", notARef.filter((one) => one !== "name"), (ref) => self.monitor(ref)],
    ["message", notAFunction, (message) => self.monitor(bee, { message })],
    ["alias", ["nonsense", 5, true, null], (alias) => self.monitor(bee, { alias })],
    ["options.tag", ["x"], (tag) => self.monitor(bee, wrong({ tag }))],
    ["monitor", [undefined, null, 5, {}, "x"], (monitor) => self.demonitor(monitor)],
    ["flush", notAFlag, (flush) => self.demonitor(raw.monitor(bee), { flush })],
    ["info", notAFlag, (info) => self.demonitor(raw.monitor(bee), { info })],
    ["options.flsh", [true], (flsh) => self.demonitor(raw.monitor(bee), wrong({ flsh }))],
    ["once", notAFlag, (once) => self.alias({ once })],

    ["ms", [...notADuration, Infinity, undefined], (ms) => self.sendAfter(ms, "x")],
    ["ms", [...notADuration, Infinity, undefined], (ms) => raw.startTimer(ms, "x")],
    ["ms", notADuration, (ms) => stage.system.sendAfter(ms, "x", { to: bee })],
    ["to", [5, null, {}, Promise.resolve()], (to) => self.sendAfter(1, "x", { to })],
    ["to", [undefined, null, 5], (to) => stage.system.sendAfter(1, "x", { to })],
    ["everyMs", [...notADuration, Infinity, 0], (everyMs) => self.sendAfter(1, "x", { everyMs })],
    ["options.every", [1], (every) => self.sendAfter(1, "x", wrong({ every }))],
    ["ms", [...notADuration.filter((one) => one !== null), Infinity], (ms) => self.setIdleTimeout(ms)],

    ["timeoutMs", notADuration, (timeoutMs) => bee.stop(ExitReason.normal, { timeoutMs })],
    ["options", [5, null, "text"], (given) => bee.stop(ExitReason.normal, given)],
    ["options.timeout", [5], (timeout) => bee.stop(ExitReason.normal, wrong({ timeout }))],
    ["deadlineMs", notADuration, (deadlineMs) => stage.system.stop({ deadlineMs })],
    ["options", [5, null, "text"], (given) => stage.system.stop(given)],
    ["options.timeoutMs", [5], (timeoutMs) => stage.system.stop(wrong({ timeoutMs }))],
    ["options", [5, null, "text"], (given) => named(Bee, "Maya", given)],
    ["system", [5, null, {}], (system) => named(Bee, "Maya", { system })],
  ]

  it.each(options.map((one, index) => [index, ...one] as const))("%i: %s", (_index, argument, values, take) => {
    const before = stage.system.statistics()
    for (const value of values) expect(() => take(wrong(value))).toThrow(refusal(argument))
    expect(stage.system.statistics()).toEqual(before)
  })

  it("with what is allowed, what was got, and the right line", () => {
    expect(() => stage.system.spawn(Bee, { args: wrong(5) })).toThrow(/args must be an array of the arguments of init, got 5\. right: system\.spawn\(Counter, \{ args: \[10\] \}\)/)
    expect(() => stage.system.spawn(Bee, wrong({ nmae: 1 }))).toThrow(/options\.nmae must be left out: the options are args, name, label.*right: system\.spawn\(Counter, \{ args: \[10\], name: "counter" \}\)/)
    expect(() => bee.with({ from: wrong({}) })).toThrow(/from must be an actor or a raw process, got an Object. right: ref\.with\(\{ from: this \}\)/)
    expect(() => stage.system.spawn(Bee, { mailbox: { overflow: wrong("drop") } })).toThrow(/one of suspend, fail, dropNewest, dropOldest, got "drop"/)
  })
})

describe("an argument that is wrong is refused by its name", () => {
  const takers: readonly [string, readonly unknown[], (value: never) => unknown][] = [
    ["reason", notAReason, (reason) => bee.exit(reason)],
    ["reason", notAReason, (reason) => bee.stop(reason)],
    ["reason", notAReason, (reason) => self.stop(reason)],
    ["reason", notAReason, (reason) => self.signalExit(bee, reason)],
    ["reason", notAReason, (reason) => stop(reason)],
    ["ref", notARef, (ref) => self.link(ref)],
    ["ref", notARef, (ref) => raw.unlink(ref)],
    ["ref", notARef, (ref) => self.signalExit(ref, ExitReason.normal)],
    ["ref", notARef.filter((one) => one !== undefined), (ref) => self.register("Willy", ref)],
    ["name", [undefined, null, 5, "", {}], (name) => self.register(name)],
    ["name", [undefined, null, 5, "", {}, { resolve: 1 }], (name) => named(Bee, name)],
    ["Class", [undefined, null, 5, {}, () => {}, class {}, "Bee"], (Class) => named(Class, "Maya")],
    ["Class", [Actor], (Class) => named(Class, "Maya")],
    ["what to spawn", [undefined, null, 5, {}, "Bee", class {}, class Other {}, Map], (what) => stage.system.spawn(what as typeof Bee)],
    ["Class", [Actor], (what) => stage.system.spawn(what as typeof Bee)],
    ["what to spawn", [(function* () {})()], (what) => raw.spawn(what as typeof Bee)],
    ["trapExit", notAFlag, (on) => void (self.trapExit = on)],
    ["label", notAText, (label) => void (raw.label = label)],
    ["step", notAFunction, (step) => self.continueWith(step)],
    ["overrides", notAFunction.filter((one) => typeof one !== "object" || one === null), (overrides) => self.become(overrides)],
    ["later", [undefined, null, 5, {}], (later) => self.reply(later, 1)],
    ["guard", [undefined, null, 5, {}, "text"], (guard) => raw.receive(guard)],
    ["guard", [undefined, null, 5, {}, "text"], (guard) => on(guard, () => {})],
    ["handler", notAFunction, (handler) => on((_message: unknown) => true, handler)],
    ["handler", notAFunction, (handler) => after(1, handler)],
    ["ms", notADuration, (ms) => after(ms, () => {})],
    ["hook", notAFunction, (hook) => bee.trace(hook)],
    ["change", notAFunction, (change) => bee.replaceState(change)],
    ["on", notAFlag, (flag) => bee.statistics(flag)],
  ]

  it.each(takers.map((one, index) => [index, ...one] as const))("%i: %s", (_index, argument, values, take) => {
    for (const value of values) expect(() => take(wrong(value))).toThrow(refusal(argument))
  })

  it("with the cure", () => {
    expect(() => bee.exit(wrong("normal"))).toThrow(/an exit reason: an object whose kind is one of normal, shutdown.*right: \{ kind: "shutdown" \}, ExitReason\.error\(error\)/)
    expect(() => self.link(wrong(undefined))).toThrow(/ref must be a reference, got undefined\. right: this\.link\(ref\)/)
    expect(() => stage.system.spawn(wrong((function* () {})()) as typeof Bee)).toThrow(/wrong: system\.spawn\(forage\(self\)\).*right: system\.spawn\(forage\)/s)
    expect(() => named(wrong(class {}), "Maya")).toThrow(/a class that extends Actor.*right: named\(Counter, "counter"\)/)
    expect(() => stage.system.spawn(wrong(Actor) as typeof Bee)).toThrow(/a class of your own that extends it.*right: class Counter extends Actor \{ … \}/)
    expect(() => raw.receive(wrong(5))).toThrow(/a function of the message, a class, or a schema.*right: self\.receive\(isOrder\)/)
  })
})

describe("a method that is not there", () => {
  it("is an error where it is called, with what there is", () => {
    for (const facade of [bee.call, bee.cast, bee.request, bee.with({ timeoutMs: 1 }).call, named(Bee, "Maya").call]) {
      expect(() => (facade as unknown as Record<string, () => void>)["flee"]?.()).toThrow(misuse("unknown_method", /Bee has no method "flee" that can be called\. It has fly, does; what is private, inherited from Actor or assigned to a field is not callable/))
    }
  })

  it.each(["init", "terminate", "info", "exit", "down", "snapshot", "restore", "spawn", "stop", "self", "become", "getter", "fields", "assigned", "~cell"])("be it one of the life cycle, a verb, a getter or a field: %s", (name) => {
    for (const facade of [bee.call, bee.cast, bee.request]) expect(() => (facade as unknown as Record<string, () => void>)[name]?.()).toThrow(misuse("unknown_method", /no method/))
  })

  it("of a raw process says that it has none", () => {
    expect(() => (raw.self.call as Record<string, () => void>)["fly"]?.()).toThrow(misuse("unknown_method", /has no method "fly".*It has no methods that can be called/))
  })

  it("is undefined for what looks at any object: then, toJSON, symbols", async () => {
    const { call } = bee
    expect([(call as { then?: unknown }).then, (call as { toJSON?: unknown }).toJSON, (call as { [Symbol.iterator]?: unknown })[Symbol.iterator]]).toEqual([undefined, undefined, undefined])
    expect(await Promise.resolve(call)).toBe(call)
  })

  it("does not keep a facade from being looked at", () => {
    expect(`${bee.call as unknown as string}`).toBe("[object Object]")
    expect(JSON.stringify(bee.call)).toContain("~ref")
    expect(Object.keys(bee.call)).toEqual(["~ref", "~options"])
  })

  it("of the actor behind a name refuses the call alone", async () => {
    class Wasp extends Actor {
      sting() {}
    }
    const outcome = stage.outcome(() => named(Wasp, "Maya", { system: stage.system }).call.sting())
    expect(outcome).toMatchObject({ code: "refused", error: { cause: { code: "unknown_method" } } })
    const refused: unknown[] = []
    stage.system.events.once("refusedCast", ({ method }) => refused.push(method))
    expect(named(Wasp, "Maya", { system: stage.system }).cast.sting()).toBe(true)
    stage.pass()
    expect([refused, bee.alive]).toEqual([["sting"], true])
  })
})

describe("a class that cannot be", () => {
  it.each<[string, () => unknown, RegExp]>([
    // @ts-expect-error the compiler sees it, too
    ["a method that hides a verb", () => class Hider extends Bee { stash() {} }, /Hider has a member "stash", which hides what every actor can do by that name\. Call it something else/],
    // @ts-expect-error the compiler sees it, too
    ["a getter that hides one", () => class Hider extends Bee { get sender() { return 1 } }, /Hider has a member "sender"/],
    // @ts-expect-error the compiler sees it, too
    ["a method that hides one in a base class", () => class Lower extends (class Upper extends Actor { receive() {} }) {}, /"receive"/],
    ["a method named then", () => class Thenable extends Bee { then() {} }, /Thenable has a method "then", which would make its references look like promises/],
  ])("is refused at its first spawn, by name: %s", (_name, make, text) => {
    const Class = make() as new () => Actor
    for (let count = 0; count < 2; count++) expect(() => stage.system.spawn(Class)).toThrow(misuse("reserved_name", text))
    expect(() => named(Class, "x")).toThrow(misuse("reserved_name", text))
  })

  it("by a field that hides a verb fails at its birth, each time", () => {
    class Hider extends Actor {}
    Object.defineProperty(Hider, "name", { value: "Hider" })
    const Fields = wrong(class Fields extends (Hider as new () => object) { children = [] }) as new () => Hider
    for (let count = 0; count < 2; count++) {
      expect(stage.outcome(() => stage.system.start(Fields)).error).toMatchObject({ code: "init_failed", cause: { code: "reserved_name", message: expect.stringMatching(/Fields has a member "children"/) as string } })
    }
    stage.crashes.length = 0
  })

  it("made with new is told how to come into being", () => {
    expect(() => new Bee()).toThrow(misuse("not_spawned", /Bee was made with new, so it has no mailbox and no tasklet\.\n {2}wrong: new Bee\(\)\n {2}right: system\.spawn\(Bee\), or this\.spawn\(Bee\) in an actor/))
  })

  it("that takes no arguments fails at its birth if it is given some", () => {
    const started = stage.outcome(() => stage.system.start(class NoInit extends Actor {}, wrong({ args: [1] })))
    expect(started.error).toMatchObject({ code: "init_failed", cause: { code: "invalid_argument", argument: "args", message: expect.stringMatching(/NoInit has no init that would take them/) as string } })
    stage.crashes.length = 0
  })
})

describe("a name", () => {
  it("that is taken is refused with who has it and what to do", () => {
    for (const attempt of [() => stage.system.spawn(Bee, { name: "Maya" }), () => raw.register("Maya"), () => raw.spawnLink(Bee, { name: "Maya" })]) {
      expect(attempt).toThrow(expect.objectContaining({ name: "NameTakenError", code: "name_taken", taken: "Maya", message: expect.stringMatching(/the name "Maya" is taken by Bee "Maya" \(#1\)\. Choose another one, or stop that process first/) as string }))
    }
    expect(() => raw.register("Maya")).toThrow(NameTakenError)
    expect(stage.system.processes).toHaveLength(2)
  })

  it("for one that has ended is refused", () => {
    const dead = stage.system.spawn(Bee)
    dead.exit(ExitReason.kill)
    stage.pass()
    expect(() => raw.register("Willy", dead)).toThrow(NoProcessError)
    expect(() => self.link(dead)).toThrow(expect.objectContaining({ code: "noproc", message: expect.stringMatching(/link\(\) needs Bee #\d+, which does not run\. A process that traps exits is told by a message instead/) as string }))
  })
})

describe("the dead", () => {
  it("are called, stopped, asked and traced in vain: noproc, and who it is", () => {
    const dead = stage.system.spawn(Bee, { label: "Willy" })
    dead.exit(ExitReason.kill)
    stage.pass()
    const attempts: readonly (() => Operation<unknown>)[] = [() => dead.call.fly(), () => dead.request.fly(), () => dead.getState(), () => dead.suspend(), () => dead.resume(), () => dead.statistics(), () => dead.replaceState(() => {})]
    for (const attempt of attempts) {
      expect(stage.outcome(attempt).error).toMatchObject({ name: "CallError", code: "noproc", reason: { kind: "noproc" }, message: expect.stringMatching(/Bee "Willy" \(#\d+\) does not run/) as string })
    }
    const stopped = stage.outcome(() => dead.stop())
    expect(stopped.error).toBeInstanceOf(StopError)
    expect(stopped.error).toMatchObject({ code: "noproc", reason: { kind: "noproc" } })
    expect(() => dead.trace(() => {})).toThrow(expect.objectContaining({ code: "noproc" }))
    expect([dead.send(1), dead.cast.fly(), dead.alive]).toEqual([false, false, false])
    expect(() => dead.exit(ExitReason.kill)).not.toThrow()
  })
})

describe("oneself", () => {
  it("is not called, stopped or asked, and says what to do instead", () => {
    const outcomes = (["call", "stop", "getState"] as const).map((what) => {
      const own = stage.system.spawn(Bee)
      const { error } = stage.outcome(() =>
        own.call.does((actor) => {
          const ref = selfOf(actor)
          return what === "call" ? ref.call.fly() : what === "stop" ? ref.stop() : ref.getState()
        }),
      )
      return (error as CallError).cause
    })
    expect(outcomes).toMatchObject([
      { code: "calling_self", message: expect.stringMatching(/this\.fly\(\)/) as string },
      { code: "calling_self", message: expect.stringMatching(/Use this\.stop\(reason\)/) as string },
      { code: "calling_self", message: expect.stringMatching(/Ask from another process/) as string },
    ])
    stage.crashes.length = 0
  })
})

describe("what needs a message", () => {
  it("says so when there is none: stash and replyLater in init, in a timer, outside", () => {
    expect(() => self.stash()).toThrow(misuse("no_message", /has no current message to stash/))
    expect(() => self.replyLater()).toThrow(misuse("no_message", /handles no call that it could answer later/))
    expect(self.sender).toBeUndefined()
  })
})
