/**
 * Random lives of actors: methods that wait, call, spawn, stash, stop, fail and are ended at any point. Whatever happens, everybody ends once and
 * whole: each frame that was entered is left, terminate runs once or not at all, each call is settled, and nothing is left behind.
 */
import assert from "node:assert/strict"
import { all, call, type Operation, type Routine, Scheduler, select, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { Actor, CallError, ExitReason, type Later, type Ref, refuse, System } from "@vivarium/actors"
import fc from "fast-check"
import { describe, it } from "vitest"

/** What a method does, step by step. */
type Step =
  | { readonly do: "sleep" | "sleepInFinally" | "spawn" | "spawnLink" | "start" | "timer"; readonly ms: number }
  | { readonly do: "call" | "cast" | "exit" | "link" | "monitor" | "stopOther" | "waitingCast" | "request"; readonly who: number; readonly script: Script; readonly kind: Kind; readonly ms: number }
  | { readonly do: "all" | "select" | "nested"; readonly script: Script; readonly other: Script }
  | { readonly do: "throw" | "refuse" | "stop" | "stopNow" | "stash" | "unstash" | "later" | "answer" | "trap" | "untrap" | "continue" | "become" | "unbecome" | "idle" }
type Script = readonly Step[]
type Kind = "normal" | "shutdown" | "kill" | "custom"

const REASONS: Readonly<Record<Kind, ExitReason>> = { normal: ExitReason.normal, shutdown: ExitReason.shutdown, kill: ExitReason.kill, custom: ExitReason.custom("rain") }
const kind = fc.constantFrom<Kind>("normal", "shutdown", "kill", "custom")
const ms = fc.integer({ min: 0, max: 12 })
const who = fc.nat(9)

const { script } = fc.letrec<{ script: Script; step: Step }>((tie) => ({
  script: fc.array(tie("step"), { maxLength: 4, depthIdentifier: "script" }),
  step: fc.oneof(
    { maxDepth: 3, depthIdentifier: "script" },
    fc.record({ do: fc.constantFrom("sleep", "sleep", "sleepInFinally", "spawn", "spawnLink", "start", "timer"), ms }),
    fc.record({ do: fc.constantFrom("throw", "refuse", "stop", "stopNow", "stash", "unstash", "later", "answer", "trap", "untrap", "continue", "become", "unbecome", "idle") }),
    fc.record({ do: fc.constantFrom("call", "call", "call", "cast", "exit", "link", "monitor", "stopOther", "waitingCast", "request"), who, script: tie("script"), kind, ms }),
    fc.record({ do: fc.constantFrom("all", "select", "nested"), script: tie("script"), other: tie("script") }),
  ) as fc.Arbitrary<Step>,
}))
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom("call", "cast"), who, script }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("exit" as const), who, reason: kind }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("suspend" as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms }) },
)
const plot = fc.record({ reentrant: fc.boolean(), capacity: fc.constantFrom(2, 100), happenings: fc.array(happening, { maxLength: 12 }) })
type Plot = typeof plot extends fc.Arbitrary<infer P> ? P : never

/** What must come out even in the end. */
class Books {
  entered = 0
  left = 0
  readonly terminated = new Map<number, number>()
  readonly ended = new Map<number, number>()
  readonly refs: Ref<Player>[] = []
}

class Player extends Actor {
  private books!: Books
  private readonly laters: Later<unknown>[] = []
  private unstashed = 0

  init(books: Books, waitMs = 0) {
    this.books = books
    books.refs.push(this.self as Ref<unknown> as Ref<Player>)
    return waitMs === 0 ? undefined : sleep(waitMs)
  }

  *play(steps: Script): Routine<unknown> {
    const { books } = this
    books.entered++
    let slow = 0
    try {
      for (const step of steps) {
        if (step.do === "sleepInFinally") slow = step.ms
        else if (step.do === "later") {
          const later = this.replyLater()
          this.laters.push(later)
          return later
        } else yield* this.perform(step)
      }
      return "played"
    } finally {
      books.left++
      if (slow > 0) yield* sleep(slow)
    }
  }

  private *perform(step: Step): Routine<void> {
    const { refs } = this.books
    const other = "who" in step ? (refs[step.who % refs.length] as Ref<Player>) : undefined
    switch (step.do) {
      case "sleep":
        return yield* sleep(step.ms)
      case "spawn":
      case "spawnLink":
        return void this[step.do](Player, { args: [this.books, step.ms % 4] })
      case "start":
        return void (yield* this.start(Player, { args: [this.books, step.ms], startTimeoutMs: 6 }))
      case "timer":
        return void this.sendAfter(step.ms, "tick", { key: "key", everyMs: 3 })
      case "call":
        try {
          return void (yield* (other as Ref<Player>).with({ timeoutMs: 1 + step.ms }).call.play(step.script))
        } catch (error) {
          if (!(error instanceof CallError) || step.kind === "custom") throw error
          return
        }
      case "request":
        return void (yield* all([sleep(1), (other as Ref<Player>).with({ timeoutMs: 1 + step.ms }).request.play(step.script)]))
      case "cast":
        return void other?.cast.play(step.script)
      case "waitingCast":
        return void (yield* select({ sent: (other as Ref<Player>).with({ wait: true }).cast.play(step.script), late: sleep(step.ms) }))
      case "exit":
        return other?.exit(REASONS[step.kind])
      case "stopOther":
        return yield* (other as Ref<Player>).stop(REASONS[step.kind], { timeoutMs: step.ms })
      case "link":
        return this.link(other as Ref<unknown>)
      case "monitor":
        return void this.monitor(other as Ref<unknown>)
      case "all":
        return void (yield* all([call(() => this.play(step.script)), call(() => this.play(step.other))]))
      case "select":
        return void (yield* select({ one: call(() => this.play(step.script)), other: call(() => this.play(step.other)), late: sleep(5) }))
      case "nested":
        yield* this.play(step.script)
        return void (yield* call(() => this.play(step.other)))
      case "throw":
        throw new Error("stung")
      case "refuse":
        throw refuse(new Error("no"))
      case "stop":
        return void this.stop(ExitReason.shutdown)
      case "stopNow":
        return yield* this.stop(ExitReason.custom("left"))
      case "trap":
      case "untrap":
        this.trapExit = step.do === "trap"
        return
      case "answer":
        return this.laters.shift()?.reply("answer")
      case "continue":
        return this.continueWith(() => this.play([{ do: "sleep", ms: 1 }]))
      case "become":
        return this.become<Player>({ info() {} })
      case "unbecome":
        return void this.unbecome()
      case "idle":
        return this.setIdleTimeout(2)
      case "unstash":
        // Whoever puts itself aside and brings itself back would go on so for ever.
        return this.unstashed++ < 3 ? void this.unstash() : undefined
      case "stash":
        try {
          return this.stash()
        } catch {
          // Not in a continuation, and not twice.
          return
        }
      default:
        throw new Error(`unreachable: ${step.do}`)
    }
  }

  info() {}

  *terminate(): Routine {
    const { id } = this.self
    this.books.terminated.set(id, (this.books.terminated.get(id) ?? 0) + 1)
    yield* sleep(1)
  }
}

function play({ capacity, happenings, reentrant }: Plot): void {
  const clock = new VirtualClock()
  const scheduler = new Scheduler({ clock, limits: { slowSliceMs: Infinity } })
  const uncaught: unknown[] = []
  const system = new System({ scheduler, log: false, mailbox: { capacity }, onUncaught: (error) => void uncaught.push(String(error)) })
  const books = new Books()
  const started: number[] = []
  system.events.on("started", ({ id }) => started.push(id))
  system.events.on("ended", ({ ref }) => books.ended.set(ref.id, (books.ended.get(ref.id) ?? 0) + 1))
  for (let count = 0; count < 3; count++) system.spawn(Player, { args: [books], reentrant, trapExit: count === 0, name: `player ${count}`, shutdownMs: 20 })
  scheduler.run()
  let asked = 0
  let settled = 0
  const pass = (time: number): void => {
    scheduler.run()
    for (let left = time; left > 0; left--) {
      clock.advance(1)
      scheduler.run()
    }
  }
  for (const one of happenings) {
    const ref = "who" in one ? (books.refs[one.who % books.refs.length] as Ref<Player>) : undefined
    if (one.kind === "pass") pass(one.ms)
    else if (one.kind === "cast") ref?.cast.play(one.script)
    else if (one.kind === "exit") ref?.exit(REASONS[one.reason])
    else {
      asked++
      const operation: Operation<unknown> = one.kind === "call" ? (ref as Ref<Player>).with({ timeoutMs: 30 }).call.play(one.script) : (ref as Ref<Player>).suspend()
      scheduler.tasklet(function* (): Routine {
        try {
          yield* operation
        } catch (error) {
          assert(error instanceof CallError, String(error))
        } finally {
          settled++
        }
      })
    }
    scheduler.run()
  }
  pass(20)
  let stopped = false
  scheduler.tasklet(function* (): Routine {
    yield* system.stop({ deadlineMs: 60 })
    stopped = true
  })
  pass(70)
  // What calls are given up takes at most five seconds more.
  clock.advance(5000)
  pass(20)
  assert.deepEqual({ stopped, settled, processes: system.processes, names: system.names }, { stopped: true, settled: asked, processes: [], names: [] })
  // What one throws that has killed itself before is nobody's.
  assert.deepEqual(uncaught.filter((error) => error !== "Error: stung" && error !== "refused: no"), [])
  assert.deepEqual([...books.ended], [...books.ended.keys()].map((id) => [id, 1]))
  assert.deepEqual([...books.ended.keys()].toSorted((a, b) => a - b), started)
  assert.deepEqual([...books.terminated.values()].filter((count) => count !== 1), [])
  assert.equal(books.left, books.entered)
  const { blocked, external, runnable, timers } = scheduler.statistics()
  assert.deepEqual({ blocked, external, runnable, timers }, { blocked: 0, external: 0, runnable: 0, timers: 0 })
}

describe("the lives of actors", () => {
  // Thousands of plots, each on a system of its own.
  it("come to their end once and whole, whatever happens in them", { timeout: 60_000 }, () => {
    fc.assert(fc.property(plot, play), { numRuns: 2000, seed: 1 })
  })
})
