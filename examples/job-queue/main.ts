/** Twelve jobs, of which one never succeeds, and a queue that crashes in the middle; on virtual time. */
import { ExitReason, named, System } from "@vivarium/actors"
import { type Routine, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { jobQueue } from "./job-queue.ts"
import { type Entry, type Job, Ledger } from "./ledger.ts"
import { Queue, submit } from "./queue.ts"

const scheduler = new Scheduler({ clock: new VirtualClock(), random: 7 })
const system = new System({ name: "office", scheduler, log: false })
system.events.on("supervisor", ({ context, delayMs, offender, reason }) => {
  if (context !== "child_terminated" || reason.kind !== "error") return
  say(`${String(offender?.id)}: ${String(reason.error)}${delayMs === undefined ? "" : ` (it is back in ${Math.round(delayMs)} ms)`}`)
})

function say(text: string) {
  console.log(`${String(Math.round(scheduler.clock.now())).padStart(4)} ms  ${text}`)
}

/** The world outside: what some jobs need is not there before a time. */
function* work({ amount, id }: Job): Routine<number> {
  yield* sleep(30)
  if (id === "cheque") throw new Error("the cheque is a forgery")
  if (id === "transfer" && scheduler.clock.now() < 200) throw new Error("the bank is closed")
  return amount
}

const ids = ["rent", "cheque", "salt", "transfer", "bread", "milk", "wages", "stamps", "flour", "oil", "tea", "soap"]
const queue = named(Queue, "queue", { system })
const ledger = named(Ledger, "ledger", { system })

await scheduler.main(function* () {
  yield* system.start(jobQueue({ workers: 3, attempts: 3, restMs: 50, work, tell: say }))
  for (const [index, id] of ids.entries()) {
    yield* submit(queue, { id, amount: index + 1 })
    // The queue crashes, with jobs in work. Those behind are added all the same.
    if (index === 8) {
      yield* sleep(75)
      queue.exit(ExitReason.error(new Error("a bug in the queue")))
    }
  }
  while ((yield* ledger.call.entries()).some(({ state }) => state === "waiting" || state === "working")) yield* sleep(100)

  const entries = yield* ledger.call.entries()
  const done = entries.filter(({ state }) => state === "done")
  const dead = entries.filter(({ state }) => state === "dead")
  say("all is settled")
  for (const { failures, job } of dead) console.log(`dead letter: ${job.id}: ${failures.join("; ")}`)
  const failures = total(entries, (entry) => entry.failures.length)
  const cutShort = total(entries, (entry) => entry.cutShort)
  console.log(`jobs:     ${entries.length} = ${done.length} done + ${dead.length} dead`)
  console.log(`attempts: ${total(entries, ({ attempts }) => attempts)} = ${done.length} done + ${failures} failed + ${cutShort} cut short by the crash of the queue`)
  console.log(`amounts:  ${total(entries, ({ job }) => job.amount)} = ${total(done, ({ result }) => result)} done + ${total(dead, ({ job }) => job.amount)} dead`)
})
await system.stop()

function total(entries: readonly Entry[], of: (entry: Entry) => number): number {
  return entries.reduce((sum, entry) => sum + of(entry), 0)
}
