import { all, Barrier, call, group, run, schedule, Semaphore, select, sleep, tasklet, Scheduler, currentTasklet, channel } from "@vivarium/core"
function attempt(title: string, body: () => Generator<any, any, any>) {
  console.log("##", title)
  const t = tasklet(body as any)
  for (let i = 0; i < 5; i++) { try { run() } catch (error) { console.log("  uncaught:", (error as Error).message) } }
  console.log("  alive", t.alive)
}
attempt("all: two failures", function* () {
  try { yield* all([call(function* () { yield* schedule(); throw new Error("one") }), call(function* () { yield* schedule(); throw new Error("two") })]) }
  catch (e) { console.log("  raised", (e as Error).message) }
})
attempt("group killed with a failure", function* () {
  const t = tasklet(function* () {
    yield* group(function* (g) {
      g.spawn(function* () { throw new Error("member") })
      g.spawn(function* () { try { yield* schedule(); yield* schedule() } finally { yield* schedule(); yield* schedule() } })
    })
  })
  yield* schedule(); yield* schedule()
  t.kill()
  yield* schedule()
})
attempt("barrier", function* () {
  const b = new Barrier(2)
  const t = tasklet(function* () {
    const r = yield* select({ go: b.wait(), other: call(function* () { try { yield* sleep(1000) } finally { console.log("  child", yield* b.wait()) } }) })
    console.log("  ", r)
  })
  yield* schedule()
  console.log("  main", yield* b.wait())
})
attempt("bind", function* () {
  const s = new Semaphore(1)
  yield* s.acquire()
  const t = tasklet(function* () { yield* s.acquire() })
  yield* schedule()
  s.release()
  t.remove()
  t.bind(null)
  console.log("  ", s.statistics())
})
