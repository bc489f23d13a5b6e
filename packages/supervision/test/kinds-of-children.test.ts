/** Anything can be a child: each kind starts, crashes, is restarted, and is stopped in its way. */
import assert from "node:assert/strict"
import { Actor, Agent, EventManager, ExitReason, keep, type MachineEvent, next, on, type Process, type Ref, StateMachine, Task } from "@vivarium/actors"
import { Deferred, group, type Routine, sleep } from "@vivarium/core"
import { child, ChildStarted, type ChildSpec, type LifeOptions, dynamicSupervisor, type StartHost, Supervisor, supervisor, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { childrenOf, nodeOf, TendedStage } from "./fixtures/tended-stage.ts"
import { wordOf } from "../../actors/test/fixtures/stage.ts"

const sting = (): never => {
  throw new Error("stung")
}

/** How many instances of the child under test there are now, and how many there were; all kinds that can tell do so. */
let now: number
let ever: number
/** What stings the task and the group, which have no mailbox of their own. */
let needle: Deferred<void>

const prick = (): void => {
  const sharp = needle
  needle = new Deferred(stage.scheduler)
  sharp.resolve()
}

const appears = (): void => {
  now++
  ever++
  expect(now).toBe(1)
}
const goes = (): void => void now--

class Worker extends Actor {
  init(_name?: string) {
    appears()
  }
  sting() {
    sting()
  }
  terminate() {
    goes()
  }
}

class Door extends StateMachine<"open", undefined> {
  init() {
    appears()
    return next("open")
  }
  handle(event: MachineEvent<"open">) {
    return event.type === "info" ? sting() : keep()
  }
  terminate() {
    goes()
  }
}

function* generator(self: Process): Routine {
  appears()
  try {
    yield* self.receive()
    sting()
  } finally {
    goes()
  }
}

function plain(self: Process) {
  return self.receive(on(() => true, sting))
}

async function asynchronous(self: Process): Promise<void> {
  appears()
  try {
    await self.receive()
    sting()
  } finally {
    goes()
  }
}

function* work(name: string): Routine {
  appears()
  try {
    expect(name).toBe("Maya")
    yield* needle.wait()
    sting()
  } finally {
    goes()
  }
}

/** Its members end with it, and it with them. */
function* swarm(_self: Process): Routine {
  let members = 0
  try {
    yield* group(function* (bees) {
      for (let bee = 0; bee < 3; bee++) {
        bees.spawn(function* () {
          if (members++ === 0) appears()
          try {
            if (bee === 1) {
              yield* needle.wait()
              sting()
            }
            yield* sleep(1_000_000)
          } finally {
            if (--members === 0) goes()
          }
        })
      }
    })
  } finally {
    expect(members).toBe(0)
  }
}

class Nursery extends Supervisor {
  init(name: string) {
    return { maxRestarts: 0, children: [child(Worker, { id: name, args: [name] })] }
  }
}

const innermost = (ref: Ref<unknown>): Ref<Worker> => (ref as SupervisorRef).whichChildren()[0]?.ref as Ref<Worker>

interface Kind {
  readonly kind: string
  readonly make: (options: LifeOptions) => ChildSpec<unknown>
  readonly crash: (ref: never) => void
  /** With what it ends when it crashes. */
  readonly reason: unknown
  /** What tells of its instances: not all can. */
  readonly tells?: boolean
  /** How it is stopped in order if that is not by `shutdown`. */
  readonly supervisor?: boolean
}

const KINDS: readonly Kind[] = [
  { kind: "an actor", make: (options) => child(Worker, options), crash: (ref: Ref<Worker>) => void ref.cast.sting(), reason: "stung" },
  { kind: "a generator body", make: (options) => child(generator, options), crash: (ref: Ref<Process>) => void ref.send("sting"), reason: "stung" },
  { kind: "a plain function body", make: (options) => child(plain, options), crash: (ref: Ref<Process>) => void ref.send("sting"), reason: "stung", tells: false },
  { kind: "an async function body", make: (options) => child(asynchronous, options), crash: (ref: Ref<Process>) => void ref.send("sting"), reason: "stung" },
  { kind: "a state machine", make: (options) => child(Door, options), crash: (ref: Ref<Process>) => void ref.send("sting"), reason: "stung" },
  { kind: "an agent", make: (options) => child(Agent<number>, { ...options, args: [() => 0] }), crash: (ref: Ref<Agent<number>>) => void ref.cast.update(sting), reason: "stung", tells: false },
  { kind: "an event manager", make: (options) => child(EventManager<string>, options), crash: (ref: Ref<EventManager<string>>) => ref.exit(ExitReason.kill), reason: "killed", tells: false },
  { kind: "a task", make: (options) => child(Task, { restart: "permanent", ...options, args: [work, "Maya"] }), crash: prick, reason: "stung" },
  { kind: "a group of tasklets", make: (options) => child(swarm, options), crash: prick, reason: "stung" },
  {
    kind: "a tree",
    make: (options) => child(supervisor({ maxRestarts: 0, children: [Worker] }), options),
    crash: (ref: Ref<Process>) => void innermost(ref).cast.sting(),
    reason: 'shutdown "gave_up"',
    supervisor: true,
  },
  { kind: "a class of supervisors with arguments", make: (options) => child(Nursery, { ...options, args: ["Maya"] }), crash: (ref: Ref<Process>) => void innermost(ref).cast.sting(), reason: 'shutdown "gave_up"', supervisor: true },
  { kind: "a dynamic supervisor", make: (options) => child(dynamicSupervisor(), options), crash: (ref: Ref<Process>) => ref.exit(ExitReason.kill), reason: "killed", tells: false, supervisor: true },
  {
    kind: "a start function",
    make: (options) => child({ ...options, id: "it", args: ["Maya"], start: (host: StartHost, name: string) => new ChildStarted(host.spawn(Worker, { args: [name] }), "info") }),
    crash: (ref: Ref<Worker>) => void ref.cast.sting(),
    reason: "stung",
  },
]

let stage: TendedStage
let ends: Map<Ref<unknown>, unknown>
beforeEach(() => {
  now = ever = 0
  stage = new TendedStage()
  needle = new Deferred(stage.scheduler)
  ends = new Map()
  stage.system.events.on("ended", ({ reason, ref }) => ends.set(ref, wordOf(reason)))
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
  assert.equal(now, 0)
})

/** Starts a supervisor with that child alone. */
function tend(spec: ChildSpec<unknown>): SupervisorRef {
  return stage.value(() => stage.system.start(supervisor({ id: "top", children: [spec] })))
}

const current = (top: SupervisorRef): Ref<unknown> => top.child("it") as Ref<unknown>

describe.each(KINDS)("$kind", ({ crash, make, reason, supervisor: isSupervisor = false, tells = true }) => {
  it("starts, crashes, and is restarted as something new", async () => {
    const top = tend(make({ id: "it" }))
    stage.pass()
    const first = current(top)
    expect([childrenOf(top), nodeOf(top, "it").kind, top.countChildren().active]).toEqual([["it"], isSupervisor ? "supervisor" : "worker", 1])
    expect(stage.news().at(-1)).toBe("child_started it")
    crash(first as never)
    await stage.turns()
    const second = current(top)
    expect([first.alive, ends.get(first)]).toEqual([false, reason])
    expect([second === first, second.alive, top.tree().restarts, ever]).toEqual([false, true, 1, tells ? 2 : 0])
    expect(stage.news().filter((line) => / it\b/.test(line))).toEqual([`child_terminated it ${String(reason)}`, "child_restarted it"])
    expect(now).toBe(tells ? 1 : 0)
  })

  it("is stopped when it is told to, and can be started again", async () => {
    const top = tend(make({ id: "it" }))
    stage.pass()
    const first = current(top)
    stage.begin(() => top.terminateChild("it"))
    await stage.turns()
    expect([ends.get(first), childrenOf(top), now, stage.news().at(-1)]).toEqual(["shutdown", ["it stopped"], 0, "child_stopped it shutdown"])
    const started = stage.value(() => top.restartChild("it"))
    stage.pass()
    expect([started instanceof ChildStarted ? started.ref : started, current(top).alive]).toEqual([current(top), true])
    expect(now).toBe(tells ? 1 : 0)
  })

  it("is killed where its spec says so, without a wait", async () => {
    const top = tend(make({ id: "it", shutdownMs: "brutal_kill" }))
    stage.pass()
    const first = current(top)
    stage.value(() => top.terminateChild("it"))
    expect([ends.get(first), stage.news().at(-1), stage.timers]).toEqual(["killed", "child_stopped it killed", 0])
    await stage.turns()
    // What is killed does not terminate; async code alone comes to its end by itself.
    now = 0
  })

  it("ends with its supervisor, stopped or killed, and leaves nothing behind", async () => {
    for (const killed of [false, true]) {
      const top = tend(make({ id: "it" }))
      stage.pass()
      const only = current(top)
      if (killed) top.exit(ExitReason.kill)
      else stage.begin(() => top.stop())
      await stage.turns()
      expect([top.alive, only.alive, ends.get(only), now]).toEqual([false, false, killed ? "killed" : "shutdown", 0])
      expect([stage.system.processes, stage.timers]).toEqual([[], 0])
    }
  })

  it("that is temporary is forgotten when it crashes", async () => {
    const top = tend(make({ id: "it", restart: "temporary" }))
    stage.pass()
    crash(current(top) as never)
    await stage.turns()
    expect([childrenOf(top), top.alive, now]).toEqual([[], true, 0])
  })
})

describe("a body that comes to its end by itself", () => {
  const nothing: readonly [string, (self: Process) => unknown][] = [
    ["a generator", function* () {}],
    ["a plain function", () => 5],
    ["an async function", async () => {}],
  ]

  it.each(nothing)("ends normal: %s that is permanent is started anew until the supervisor gives up", async (_kind, body) => {
    const top = tend(child(body, { id: "it" }))
    await stage.turns(10)
    expect([top.alive, ends.get(top)]).toEqual([false, 'shutdown "gave_up"'])
    expect(stage.news().filter((line) => line.startsWith("child_"))).toEqual(["started", "restarted", "restarted", "restarted"].flatMap((how) => [`child_${how} it`, "child_terminated it"]))
    expect(stage.crashes).toEqual([])
  })

  it.each(nothing)("ends normal: %s that is transient is done", async (_kind, body) => {
    const top = tend(child(body, { id: "it", restart: "transient" }))
    await stage.turns()
    expect([childrenOf(top), top.tree().restarts]).toEqual([["it stopped"], 0])
  })

  it("is forgotten if it is a task, which is temporary unless it says otherwise", async () => {
    const seen: unknown[] = []
    const top = tend(child(Task, { id: "it", args: [async (n: number) => void seen.push(n), 5] }))
    await stage.turns()
    expect([childrenOf(top), seen, child(Task, { args: [() => {}] }).id]).toEqual([[], [5], "task"])
  })

  it("is tried again if it is a transient task that fails", async () => {
    let attempts = 0
    const top = tend(child(Task, { id: "it", restart: "transient", args: [() => void (++attempts < 3 && sting())] }))
    await stage.turns()
    expect([childrenOf(top), attempts, top.tree().restarts]).toEqual([["it stopped"], 3, 2])
  })
})

describe("a restart", () => {
  it("begins from the arguments, and forgets all state: of an agent, of a machine, of a manager's handlers", () => {
    const top = stage.value(() =>
      stage.system.start(supervisor({ children: [child(Agent<number>, { id: "agent", args: [() => 7] }), child(EventManager<string>, { id: "manager" })] })),
    )
    const agent = top.child("agent") as Ref<Agent<number>>
    const manager = top.child("manager") as Ref<EventManager<string>>
    stage.value(() => agent.call.update(() => 8))
    stage.value(() => manager.call.add({ handleEvent() {} }))
    for (const ref of [agent, manager]) ref.exit(ExitReason.kill)
    stage.pass()
    expect(stage.value(() => (top.child("agent") as typeof agent).call.get((number) => number))).toBe(7)
    expect(stage.value(() => (top.child("manager") as typeof manager).call.handlers())).toEqual([])
  })

  it("of a tree is one of all that is in it; what was started later by hand is gone", () => {
    const top = stage.value(() => stage.system.start(supervisor({ children: [supervisor({ id: "it", maxRestarts: 0, children: [Worker] })] })))
    const tree = top.child("it") as SupervisorRef
    stage.value(() => tree.startChild(child(function* later(self: Process) { yield* self.receive() })))
    expect(childrenOf(tree)).toEqual(["Worker", "later"])
    innermost(current(top)).exit(ExitReason.normal)
    stage.value(() => (tree.child("Worker") as Ref<Worker>).stop(ExitReason.custom("stung")))
    expect([tree.alive, childrenOf(top.child("it") as SupervisorRef)]).toEqual([false, ["Worker"]])
  })
})
