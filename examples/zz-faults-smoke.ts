// @ts-nocheck
import { Actor, Down, ExitReason, Groups, type Monitor, on, after, type Process, type Ref, Registry, StateMachine, System, Task } from "@vivarium/actors"
import { child, dynamicSupervisor, supervisor, type Strategy } from "@vivarium/supervision"
import { schedule, sleep, tasklet } from "@vivarium/core"
import { explore, type World } from "@vivarium/testkit"

class Worker extends Actor {
  work(n: number) { if (n === 3) throw new Error("three"); return n * 2 }
  *slow(n: number) { yield* sleep(n); return n }
  terminate() {}
}
class Watcher extends Actor {
  seen = 0
  init(ref: Ref<Worker>) { this.monitor(ref) }
  down() { this.seen++ }
}
function tree(strategy: Strategy) {
  return function* ({ system, fault, check }: World) {
    fault.kill(Worker)
    fault.crash(Worker, undefined, { times: 2 })
    fault.init(Worker, undefined, { times: 2 })
    fault.cleanUp(Worker)
    fault.slow(Worker)
    fault.lateTimers()
    fault.clockJump(1000)
    let top: any
    try { top = yield* system.start(supervisor({ strategy, maxRestarts: 2, withinMs: 5000, children: [
      child(Worker, { id: "a", name: "a" }), child(Worker, { id: "b", shutdownMs: 100 }), child(supervisor({ children: [child(Worker, { id: "x" })] }), { id: "sub" }), child(Worker, { id: "c", restart: "transient" }) ] })) } catch { return }
    fault.kill(top)
    const a = top.child("a", Worker)
    if (a !== undefined) system.spawn(Watcher, { args: [a as never] })
    for (let n = 1; n < 5; n++) {
      try { yield* (top.child("b", Worker) as any)?.call.work(n) } catch {}
      try { (top.child("a", Worker) as any)?.cast.work(n) } catch {}
    }
    try { yield* (top.child("c", Worker) as any)?.call.slow(100) } catch {}
  }
}
class Sender extends Actor {
  init(to: Ref<any>) { for (let n = 0; n < 4; n++) to.send({ from: this.self, n }) ; this.link(to) }
}
function* mail({ system, fault }: World) {
  fault.kill(Sender)
  const raw = system.spawn(function* receiver(self: Process<any>) {
    self.trapExit = true
    for (let i = 0; i < 6; i++) yield* self.receive(on((m: any) => m.n === i % 4, () => 0), after(10, () => 1))
    yield* self.receive(Down as never)
  }, { mailbox: { capacity: 5, overflow: "dropOldest" } })
  fault.fullMailbox(raw, { times: 2 })
  fault.crash(raw)
  for (let i = 0; i < 3; i++) system.spawn(Sender, { args: [raw] })
  yield* sleep(100)
}
class Stasher extends Actor {
  open = false
  got: number[] = []
  push(n: number) { if (!this.open) { this.stash(); return undefined } this.got.push(n); return n }
  *unlock() { yield* schedule(); this.open = true; this.unstash() }
}
function* stash({ system, fault, check }: World) {
  const s = yield* system.start(Stasher, { mailbox: { capacity: 2, overflow: "suspend" } })
  fault.kill(Stasher)
  fault.fullMailbox(s)
  const callers = [1, 2, 3, 4].map((n) => system.spawn(function* caller(self: Process) { try { yield* s.call.push(n) } catch {} s.cast.push(n * 10); try { yield* s.with({timeoutMs: 5}).call.push(n) } catch {} }))
  yield* schedule()
  s.cast.unlock()
  yield* sleep(10)
  s.cast.unlock()
  for (const c of callers) { const e = c; }
}
class Member extends Actor {}
function* reg({ system, fault }: World) {
  const registry = new Registry<string, number>({ keys: "unique", system })
  const groups = new Groups<string, Member>({ system })
  fault.kill(Member, { times: 2 })
  const ms = [0, 1, 2].map((i) => system.spawn(Member, { name: `m${i}` }))
  ms.forEach((m, i) => { registry.register(`k${i}`, i, { for: m as never }); groups.join("g", m as never); groups.join("g", m as never) })
  const w = system.spawn(function* (self: Process<any>) { const monitor = groups.monitor("g", { for: self.self as never }); yield* self.receive(); monitor.demonitor(); yield* self.receive() })
  yield* schedule()
  registry.unregister("k1", { for: ms[1] as never })
  ms[0]!.exit(ExitReason.kill)
  yield* sleep(5)
  w.send(1)
  w.send(2)
}
function* tasks({ system, fault }: World) {
  const boss = system.spawn(function* boss(self: Process<any>) {
    const t = [1, 2, 3].map((n) => Task.async(function* (s) { yield* sleep(n); if (n === 2) throw new Error("no"); return n }, {}))
    for (const one of t) try { yield* Task.await(one, { timeoutMs: 2 }) } catch {}
  })
  fault.kill(boss)
  yield* sleep(50)
}
function* dyn({ system, fault }: World) {
  const d = yield* system.start(dynamicSupervisor({ maxRestarts: 1 }))
  fault.kill(Worker, { times: 3 })
  fault.kill(d)
  try {
    const w = [] as any[]
    for (let i = 0; i < 3; i++) w.push(yield* d.startChild(child(Worker, { id: i, name: `w${i}`, backoff: i === 2 ? { firstMs: 10, maxMs: 100, maxAttempts: 3 } : undefined } as never)))
    yield* sleep(100)
    yield* d.terminateChild(w[1])
  } catch {}
}
const all: Record<string, any> = { one: tree("one_for_one"), all: tree("one_for_all"), rest: tree("rest_for_one"), mail, stash, reg, tasks, dyn }
const n = Number(process.argv[2] ?? 500)
for (const [name, scenario] of Object.entries(all)) {
  if (process.argv[3] && process.argv[3] !== name) continue
  for (const options of [{ strategy: "random", schedules: n }, { strategy: "pct", schedules: n }, { strategy: "delayBounded", bound: 1 }] as const) {
    const t = process.cpuUsage().user/1000
    try {
      const r = await explore(scenario, { ...options, shrinkMs: 1000 } as never)
      const ms = process.cpuUsage().user/1000 - t
      console.log(name, options.strategy, r.schedules, (ms * 1000 / r.schedules).toFixed(0), "µs/schedule", (r.switches / r.schedules).toFixed(0), "switches")
    } catch (e: any) { console.log(name, options.strategy, "FAIL", e.message.split("\n").slice(0, 40).join("\n")); 0 && console.log(e.cause?.stack?.split("\n").slice(0,6).join("\n")) }
  }
}
