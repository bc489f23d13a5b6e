import { Actor, Down, type Ref, type Process } from "@vivarium/actors"
import { sleep } from "@vivarium/core"
import { simulate } from "@vivarium/testkit"
import { createProbe } from "../packages/testkit/src/probe.ts"
class Hive extends Actor { store(drops: number) { return drops } 
  info(m: "hello") { this.sender?.send("hi") } }
class Bee extends Actor { *fly(hive: Ref<Hive>) { return `has ${yield* hive.call.store(2)}` } }
await simulate(function* ({ system, clock }) {
  const p = createProbe<string>(system, { name: "probe" })
  p.ref.send("a")
  console.log(p.received, p.unread)
  console.log(yield* p.expectMessage("a"), p.received, p.unread)
  const h = system.spawn(Hive)
  p.send(h, "hello")
  console.log(yield* p.expectMessage((m) => m === "hi"), String(p.sender))
  try { yield* p.expectMessage("b") } catch (e) { console.log(clock.now(), (e as Error).message) }
  p.ref.send("c")
  try { yield* p.expectMessage("b") } catch (e) { console.log(clock.now(), e) }
  p.watch(h)
  h.cast.store(1)
  yield* h.stop()
  console.log(yield* p.expectMessage(Down))
  console.log(yield* p.expectDown(h))
  yield* p.expectNoMessage(500)
  const q = createProbe(system, { as: Hive })
  const a = system.spawn(Bee).request.fly(q.ref)
  console.log(yield* q.expectMessage({ method: "store", args: [2] }))
  q.reply(12)
  console.log(yield* a)
  q.autopilot({ store: (x: number) => x * 2 })
  console.log(yield* q.ref.call.store(4))
  console.log(q.received)
  try { yield* q.fishForMessage((m) => m === "hello") } catch (e) { console.log(clock.now(), (e as Error).message) }
})
