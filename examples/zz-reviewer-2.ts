import { schedule, tasklet, sleep, Channel, channel } from "@vivarium/core"
import { System, Actor } from "@vivarium/actors"
import { explore, replay, simulate } from "@vivarium/testkit"
async function attempt(name: string, body: () => unknown) {
  try { console.log(`[${name}] OK`, JSON.stringify(await body())) }
  catch (e) { console.log(`[${name}] ${e instanceof Error ? e.name : typeof e}: ${e instanceof Error ? e.message.split("\n").slice(0, 3).join(" | ").slice(0, 400) : String(e)}`) }
}
const d = { diagramDirectory: false as const }
// fairness holds back a bug: 5 yields
await attempt("exhaustive misses poll bug", () => explore(function* ({ check }) {
  let done = false
  const a = tasklet(function* () { for (let i = 0; i < 5; i++) yield* schedule(); done = true })
  const b = tasklet(function* () { check("b not last", !done) })
  yield* a; yield* b
}, { ...d, strategy: "exhaustive" }))
// actor which handles 5 messages before other runs
await attempt("exhaustive misses actor 6 msgs", () => explore(function* ({ system, check }) {
  let n = 0
  class A extends Actor { info() { n++ } }
  const a = yield* system.start(A)
  const b = tasklet(function* () { check("b before 6", n < 6) })
  for (let i = 0; i < 6; i++) a.send(i)
  yield* b
}, { ...d, strategy: "exhaustive", schedules: 200000 }))
// nondeterminism delayBounded
for (const strategy of ["delayBounded", "exhaustive", "random", "pct"] as const) {
  let runs = 0
  await attempt("shrinking program " + strategy, () => explore(function* () {
    const n = runs++ < 4 ? 6 : 1
    const ts = Array.from({ length: 3 }, () => tasklet(function* () { for (let i = 0; i < n; i++) yield* schedule() }))
    for (const t of ts) yield* t
  }, { ...d, strategy, schedules: 500 }))
}
// full mailbox twice
for (const strategy of ["delayBounded", "random"] as const) await attempt("fullMailbox times 2 " + strategy, () => explore(function* ({ system, fault, check }) {
  class A extends Actor { static override mailbox = { capacity: 5, overflow: "block" } as never; got = 0; *info() { this.got++; yield* schedule() } }
  const a = yield* system.start(A as never) as any
  fault.fullMailbox(a, { times: 2 })
  for (let i = 0; i < 3; i++) { if (!a.trySend) break; a.send(i); yield* schedule() }
  for (let i = 0; i < 12; i++) yield* schedule()
  const cap = (a["~resolve"]() as any).settings.capacity
  check("capacity back: " + cap, cap === 5)
}, { ...d, strategy, bound: 2 }))
