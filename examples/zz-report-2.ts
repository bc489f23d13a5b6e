import { channel, Mutex, schedule, Semaphore, sleep, tasklet, select, Event } from "@vivarium/core"
import { Actor } from "@vivarium/actors"
import { explore, replay, type ExplorationError } from "@vivarium/testkit"

async function show(title: string, scenario: any, options: any = {}) {
  console.log(`\n######## ${title}`)
  await explore(scenario, options).then((r) => console.log("found nothing", r), async (e: ExplorationError) => { console.log(e.message); if (process.argv[2]) console.log(e.diagram ?? e.stack)
   await replay(scenario, e.code, options.promises ? {promises: true} : {}).catch((r) => { if (r.failure !== e.failure) console.log("REPLAY DIFFERS", r) }) })
}
await show("lost wake-up", function* () {
  let full = false
  const bell = channel<void>({ name: "bell" })
  tasklet({ name: "cook" }, function* () {
    full = true
    bell.trySend()
  })
  const guest = tasklet({ name: "guest" }, function* () {
    while (!full) {
      yield* schedule()
      yield* bell.receive()
    }
  })
  yield* guest
}, { seed: 3, strategy: "random" })
await show("timers", function* ({ check }: any) {
  const log: string[] = []
  const a = tasklet({ name: "a" }, function* () { yield* sleep(10); log.push("a") ; yield* schedule(); log.push("a2") })
  const b = tasklet({ name: "b" }, function* () { yield* sleep(10); log.push("b") })
  yield* a; yield* b
  check("a2 after b", log.join() === "a,b,a2")
}, { strategy: "exhaustive" })
await show("select", function* ({ check, fault }: any) {
  const x = channel<number>({ capacity: 2, name: "x" }), y = channel<number>({ capacity: 2 })
  yield* x.send(1); yield* x.send(2); yield* y.send(3)
  const got = yield* select({ x: x.receive(), y: y.receive() })
  if (fault("disk full")) { check("x first", got.key === "x") }
  y.close()
}, { strategy: "exhaustive" })
class Counter extends Actor {
  n = 0;
  *bump(by: number) { const before = this.n; yield* schedule(); this.n = before + by; if (this.n > 2) throw new Error("too much"); return this.n }
  terminate() {}
}
await show("crash", function* ({ system, check }: any) {
  const c = system.spawn(Counter, { name: "counter" })
  const w = system.spawn(function* worker(self: any) { self.monitor(c); self.link?.(c); c.cast.bump(3); const m = yield* self.receive() ; return m })
  const m = tasklet({ name: "m" }, function* () { try { yield* c.call.bump(1) } catch (e) { } })
  yield* m
  yield* sleep(10)
  check("counter lives", c.alive)
}, { strategy: "pct" })
await show("kill", function* ({ check }: any) {
  const v = tasklet({ name: "victim" }, function* () { yield* sleep(1000) })
  const e = new Event()
  tasklet({ name: "waiter" }, function* () { yield* e.wait() ; yield* schedule() })
  tasklet({ name: "killer" }, function* () { v.kill(); e.set() })
  yield* sleep(1)
  check("victim lives", v.alive)
})
await show("promise", function* ({ check }: any) {
  const v = tasklet({ name: "p" }, async function () { await null; await null; return 3 })
  check("three", (yield* v) === 4)
}, { promises: true })
await show("promise livelock", function* ({ check }: any) {
  tasklet({ name: "p" }, async function () { await new Promise(() => {}) })
  for (;;) yield* schedule()
}, { promises: true, maxSwitches: 100 })
