// @ts-nocheck
import { Actor } from "@vivarium/actors"
import { child, supervisor } from "@vivarium/supervision"
import { explore, type World } from "@vivarium/testkit"
class Worker extends Actor {
  n = 0
  work(n: number) { this.n += n; return this.n }
  die() { this.exit() }
  private exit() { this.stop({ kind: "custom", value: "x" } as never) }
}
function* scenario({ system }: World) {
  const top = yield* system.start(supervisor({ strategy: "one_for_one", children: [
    child(Worker, { id: "a", name: "a" }), child(Worker, { id: "b" }), child(supervisor({ children: [child(Worker, { id: "x" })] }), { id: "sub" }), child(Worker, { id: "c" }) ] }))
  for (let n = 1; n < 4; n++) {
    yield* top.child("a", Worker)!.call.work(n)
    top.child("b", Worker)!.cast.work(n)
    yield* top.child("c", Worker)!.call.work(n)
  }
  top.child("b", Worker)!.cast.die()
  yield* top.child("a", Worker)!.call.work(9)
  yield* top.child("c", Worker)!.call.work(9)
}
const n = Number(process.argv[2] ?? 3000)
for (let round = 0; round < 5; round++) for (const checks of [false, true]) {
  const t = process.cpuUsage().user
  const r = await explore(scenario, { schedules: n, checks, seed: round + 1 })
  console.log(checks, ((process.cpuUsage().user - t) / n).toFixed(1), "µs", r.switches / n)
}
