/**
 * The tree of the queue.
 *
 *   job queue (rest_for_one)
 *   ├── ledger    what must not be lost
 *   ├── queue     what is decided
 *   └── workers   what is done (one_for_one)
 *       ├── worker 1 …
 *
 * From top to bottom it is more and more likely to fail, and costs less and less if it does. It is rest_for_one since each of them needs those above it: workers
 * whose queue has crashed would work for nobody, so they are stopped before there is a new one, and no job is in work twice.
 */
import { named, type Process } from "@vivarium/actors"
import type { Routine } from "@vivarium/core"
import { child, supervisor, type SupervisorRef, type Tree } from "@vivarium/supervision"
import { type Job, Ledger } from "./ledger.ts"
import { Queue, type Retries } from "./queue.ts"

export type Work = (job: Job) => Routine<number>

export interface JobQueueOptions extends Retries {
  readonly workers: number
  readonly work: Work
  readonly tell: (news: string) => void
}

export function jobQueue({ attempts, restMs, tell, work, workers }: JobQueueOptions): Tree<SupervisorRef> {
  const numbers = Array.from({ length: workers }, (_, index) => index + 1)
  // The job rests, so that what it needs can come back. The worker rests, too: not for its own sake, but so that bad jobs cannot use up the restarts of the
  // tree. With a window, a few of them would end workers, queue and ledger.
  const backoff = { minMs: 20, maxMs: 1000, resetAfterMs: 500 }
  return supervisor({
    id: "job queue",
    strategy: "rest_for_one",
    children: [
      child(Ledger, { id: "ledger", name: "ledger" }),
      child(Queue, { id: "queue", name: "queue", args: [{ attempts, restMs }, tell] }),
      supervisor({ id: "workers", children: numbers.map((number) => child(worker, { id: `worker ${number}`, args: [work], backoff })) }),
    ],
  })
}

/** A worker, straight down: it catches nothing. If the work fails, it fails, and the queue sees that it has. */
function* worker(_self: Process, work: Work): Routine {
  const queue = named(Queue, "queue").with({ timeoutMs: Infinity })
  for (;;) {
    const job = yield* queue.call.take()
    queue.cast.done(yield* work(job))
  }
}
