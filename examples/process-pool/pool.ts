/**
 * A pool of workers: no more than so many jobs run at a time, each in a process of its own, and others wait in a queue.
 *
 *   pool (one_for_all)
 *   ├── workers   a dynamic supervisor: maxChildren is the size of the pool
 *   └── server    hands out the places, and keeps the queue
 *
 * It is one_for_all since neither is of use without the other. A server that was restarted would not know who works, and for whom; workers whose supervisor
 * was restarted have ended, and the server would wait for them.
 */
import { named, type Ref } from "@vivarium/actors"
import { child, dynamicSupervisor, partialChild, supervisor, type SupervisorRef, type Tree } from "@vivarium/supervision"
import { type Job, PoolServer, type Work } from "./pool-server.ts"

export interface PoolOptions<J extends Job> {
  /** Of the pool: under this name others find it. */
  readonly name: string
  /** How many jobs may run at the same time. */
  readonly size: number
  /** What a worker does. */
  readonly work: Work<J>
}

/** A pool as a value: start it, or make it a child. */
export function pool<J extends Job>({ name, size, work }: PoolOptions<J>): Tree<SupervisorRef> {
  const workers = `${name}/workers`
  return supervisor({
    id: name,
    strategy: "one_for_all",
    // Once in an hour may be chance. Twice is a fault that another restart does not mend.
    maxRestarts: 1,
    withinMs: 3_600_000,
    children: [
      // A worker is temporary: its job ends with it, well or not. Whoever wants it tried again asks again.
      dynamicSupervisor({ id: "workers", name: workers, maxChildren: size, child: partialChild(work, { restart: "temporary" }) }),
      // Started last, so its workers are there; stopped first, so that it starts no more of them.
      child(PoolServer<J>, { id: "server", name, args: [workers] }),
    ],
  })
}

/** The server of a pool, by its name: the reference outlives its restarts. `work` tells the compiler what its jobs are. */
export function poolOf<J extends Job>(name: string, _work: Work<J>): Ref<PoolServer<J>> {
  return named(PoolServer<J>, name)
}
