import { channel, Mutex, schedule, Semaphore, sleep, tasklet, select } from "@vivarium/core"
import { Actor } from "@vivarium/actors"
import { explore, type ExplorationError } from "@vivarium/testkit"

async function show(title: string, f: () => Promise<unknown>) {
  console.log(`\n######## ${title}`)
  await f().then((r) => console.log("found nothing", r), (e: ExplorationError) => { console.log(e.message); if (process.argv[2]) console.log(e.diagram ?? e.stack) })
}
await show("bank", () => explore(function* ({ check }) {
  const accounts = { ada: 100, bob: 0 }
  function* transfer(amount: number) {
    const before = accounts.ada
    yield* schedule()
    accounts.ada = before - amount
    accounts.bob += amount
  }
  const tellers = [1, 2].map((n) => tasklet({ name: `teller ${n}` }, transfer, 10 * n))
  for (const t of tellers) yield* t
  check("no money is made", accounts.ada + accounts.bob === 100)
}))
await show("mutexes", () => explore(function* () {
  const left = new Mutex(), right = new Mutex()
  function* eat(a: Mutex, b: Mutex) {
    yield* a.with(function* () { yield* schedule(); yield* b.with(function* () {}) })
  }
  const ps = [tasklet({ name: "plato" }, eat, left, right), tasklet({ name: "kant" }, eat, right, left)]
  for (const p of ps) yield* p
}, { strategy: "delayBounded" }))
await show("semaphores, channels", () => explore(function* ({ clock }) {
  const forks = [new Semaphore(1), new Semaphore(1), new Semaphore(1)]
  const out = channel<{ who: number; text: string }>({ name: "out" })
  const silent = channel<number>()
  function* eat(n: number) {
    yield* sleep(10)
    yield* out.send({ who: n, text: "thinks about a very long matter that does not fit in a table at all" })
    yield* forks[n]!.acquire()
    yield* schedule()
    yield* forks[(n + 1) % 3]!.acquire()
    forks[n]!.release()
    forks[(n + 1) % 3]!.release()
  }
  for (let i = 0; i < 3; i++) tasklet({ name: "philosopher" }, eat, i)
  const r = tasklet({ name: "reader" }, function* () { for (let i = 0; i < 3; i++) yield* out.receive(); yield* select({ a: silent.receive(), b: out.receive() }) })
  yield* r
}))
class Flower extends Actor {
  nectar = 1;
  *sip(n: number) { yield* schedule(); if (this.nectar < n) throw new Error("empty"); this.nectar -= n; return n }
}
class Bee extends Actor {
  total = 0;
  *fly(to: any) { this.total += yield* to.call.sip(1) }
  info(m: unknown) { }
}
await show("actors", () => explore(function* ({ system, fault, check }) {
  const flower = system.spawn(Flower, { name: "rose" })
  const bees = [system.spawn(Bee), system.spawn(Bee, { label: "Maya" })]
  bees[1]!.send({ hello: "world" } as never)
  if (fault("late frost")) bees[0]!.cast.fly(flower)
  bees[1]!.cast.fly(flower)
  yield* sleep(5)
  check("all live", () => bees.every((b) => b.alive))
  yield* sleep(5)
}))
await show("left", () => explore(function* () { const c = channel(); tasklet({ name: "stray" }, function* () { yield* c.receive() }); tasklet({ name: "sleeper" }, function* () { yield* sleep(50) }); yield* schedule() }))
await show("livelock", () => explore(function* () { for (;;) yield* schedule() }, { maxSwitches: 50 }))
await show("error", () => explore(function* () { const c = channel<number>(); tasklet(function* () { yield* c.send(1) }); yield* c.receive(); throw new RangeError("too \n far") }, { diagramDirectory: "/proc/nowhere" }))
