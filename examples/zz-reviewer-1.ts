import { schedule, tasklet, sleep, Scheduler } from "@vivarium/core"
import { System, Actor } from "@vivarium/actors"
import { explore, replay, simulate } from "@vivarium/testkit"

async function attempt(name: string, body: () => unknown) {
  const { setTimeout: st, Date: D } = globalThis
  const r = Math.random
  try {
    const out = await body()
    console.log(`[${name}] OK`, JSON.stringify(out))
  } catch (e) {
    console.log(`[${name}] ${e instanceof Error ? e.name : typeof e}: ${e instanceof Error ? e.message.split("\n").slice(0, 3).join(" | ").slice(0, 300) : String(e)}`)
  }
  if (globalThis.setTimeout !== st || globalThis.Date !== D || Math.random !== r) console.log("   !!! globals not restored")
}
const o = { schedules: 5, diagramDirectory: false as const }
{
  let runs = 0
  await attempt("atEnd flips by outside state", () => explore(function* ({ check }) { const mine = runs++; check.atEnd("x", () => mine !== 0); yield* schedule() }, o))
}
{
  let runs = 0
  await attempt("random: fails only 1 of runs at end", () => explore(function* ({ check }) { const mine = runs++; yield* schedule(); check("x", mine !== 3) }, o))
}
await attempt("throws null-proto", () => explore(function* () { yield* schedule(); throw Object.create(null) }, o))
await attempt("throws symbol", () => explore(function* () { throw Symbol("x") }, o))
await attempt("throws undefined", () => explore(function* () { throw undefined }, o))
await attempt("throws error w/ bad message", () => explore(function* () { const e = new Error("x"); Object.defineProperty(e, "message", { get() { throw new Error("boo") } }); throw e }, o))
await attempt("error w/ symbol name", () => explore(function* () { const e = new Error("x"); (e as any).name = Symbol("n"); throw e }, o))
await attempt("invariant throws null proto", () => explore(function* ({ check }) { check("i", () => { throw Object.create(null) }); yield* schedule() }, o))
await attempt("sync throw", () => explore(() => { throw new Error("sync") }, o))
await attempt("async no promises", () => explore(async () => { throw new Error("async") }, o))
await attempt("async w promises", () => explore(async () => { throw new Error("async") }, { ...o, promises: true }))
await attempt("kill main by itself", () => explore(function* ({ main, check }) { main.kill(); yield* schedule(); check("never", false) }, o))
await attempt("kill main by other", () => explore(function* ({ main, check }) { tasklet(() => main.kill()); yield* sleep(10); check("never", false) }, o))
await attempt("simulate kill main by other", () => simulate(function* ({ main }) { tasklet(() => main.kill()); yield* sleep(10); return 5 }))
await attempt("stop system itself", () => explore(function* ({ system }) { yield* system.stop() }, o))
await attempt("own System no scheduler", () => explore(function* () { const s = new System(); class A extends Actor {} ; yield* s.start(A); yield* s.stop() }, o))
await attempt("own System leaked", () => explore(function* () { const s = new System(); class A extends Actor {} ; yield* s.start(A) }, o))
await attempt("own Scheduler", () => explore(function* () { const s = new Scheduler(); let x = 0; s.tasklet(function* () { x++ }); s.run(); yield* schedule(); if (x !== 1) throw new Error("no") }, o))
await attempt("explore inside", () => explore(function* () { void explore(function* () { yield* schedule() }, o); yield* schedule() }, o))
await attempt("nested run", () => explore(function* ({ scheduler }) { tasklet(() => {}); scheduler.run(); yield* schedule() }, o))
await attempt("never yields while(true)? skip", () => 0)
await attempt("returns a generator fn", () => explore((() => function* () {}) as never, o))
await attempt("Date in scenario caught", () => explore(function* () { try { Date.now() } catch {} yield* schedule() }, o))
await attempt("invariant uses Date.now", () => explore(function* ({ check }) { check("x", () => Date.now() > 0); yield* schedule() }, o))
await attempt("console.log", () => explore(function* () { console.log("hi", new Date(0)); yield* schedule() }, { ...o, schedules: 1 }))
await attempt("stdout.write", () => explore(function* () { process.stdout.write("hi\n"); process.stdout.write("x\n", () => {}); yield* schedule() }, { ...o, schedules: 1 }))
for (const options of [null, 5, [], { schedules: NaN }, { schedules: 0 }, { seed: 1.5 }, { bound: -1, strategy: "delayBounded" }, { strategy: "x" }, { depth: 0 }, { shrinkMs: Infinity }, { startAt: new Date(NaN) }, { startAt: 1e300 }, { checks: null }, { checks: { foo: 1 } }, { maxSwitches: 0 }, { globals: "x" }, { progress: 1 }, { bound: 1e9, strategy: "delayBounded", schedules: 5 }, { depth: 1e7, strategy: "pct" , schedules: 2}] as never[])
  await attempt("options " + JSON.stringify(options), async () => { try { return await explore(function* () { yield* sleep(1) }, options) } catch (e) { throw e } })
