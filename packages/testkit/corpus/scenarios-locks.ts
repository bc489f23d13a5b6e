/** Scenarios of locks, events, barriers and deferred values: so many at a time, and nobody waits for ever. */
import { Barrier, channel, Deferred, Event, Mutex, type Routine, schedule, Semaphore, tasklet } from "@vivarium/core"
import type { Scenario, World } from "../src/scenario.ts"
import { ended, killSometime } from "./killer.ts"

/** Three guests, one bed; one guest may be killed. */
function* beds(world: World): Routine {
  const { check } = world
  const bed = new Semaphore(1)
  let inside = 0
  const guests = ["Maya", "Willy", "Flip"].map((name) =>
    tasklet({ name }, function* () {
      yield* bed.acquire()
      try {
        inside++
        check("one at a time", inside === 1)
        yield* schedule()
      } finally {
        inside--
        bed.release()
      }
    }),
  )
  const killer = tasklet(killSometime, world, guests[1], 4)
  yield* ended([killer, ...guests])
  check("the bed is free again", bed.statistics().available === 1)
}

/** Accounts are written while a lock is held, though the writer waits; one writer may be killed. */
function* ledger(world: World): Routine {
  const { check } = world
  const lock = new Mutex()
  const ink = channel<number>({ capacity: 4 })
  let balance = 0
  tasklet(function* () {
    for (let drop = 0; drop < 3; drop++) yield* ink.send(drop)
  })
  let written = 0
  const writers = ["Maya", "Willy", "Flip"].map((name) =>
    tasklet({ name }, function* () {
      yield* lock.with(function* () {
        const before = balance
        yield* ink.receive()
        balance = before + 1
        written++
      })
    }),
  )
  const killer = tasklet(killSometime, world, writers[1], 3)
  yield* ended([killer, ...writers])
  check("nothing that was written is lost", balance === written)
  check("nobody holds the lock", lock.statistics().holder === undefined)
}

/** Everybody goes when the signal comes, be it before or after they look. */
function* signal({ check }: World): Routine {
  const start = new Event()
  let running = 0
  tasklet(function* () {
    start.set()
  })
  const runners = ["Maya", "Willy", "Flip"].map((name) =>
    tasklet({ name }, function* () {
      yield* start.wait()
      running++
    }),
  )
  yield* ended(runners)
  check("all run", running === 3)
}

/** Two of three meet; one of those who come may be killed while it waits, and then has not come. */
function* meeting(world: World): Routine {
  const { check } = world
  const tree = new Barrier(2)
  let met = 0
  const bees = ["Maya", "Willy", "Flip"].map((name) =>
    tasklet({ name }, function* () {
      yield* tree.wait()
      met++
    }),
  )
  yield* ended([tasklet(killSometime, world, bees[0], 3)])
  while (bees.some(({ alive, blocked }) => alive && !blocked)) yield* schedule()
  const waiting = bees.filter(({ blocked }) => blocked).length
  check("who waits has come", tree.statistics().waiting === waiting)
  check("two have met if two have come", waiting < 2)
  for (const bee of bees) bee.kill()
  check("one at most was killed", met >= 1)
}

/** Two messengers bring news; the first counts, for everybody. */
function* news({ check }: World): Routine {
  const winner = new Deferred<string>()
  const heard = new Set<string>()
  const bees = ["Maya", "Willy", "Flip"].map((name) =>
    tasklet({ name }, function* () {
      heard.add(yield* winner.wait())
    }),
  )
  const messengers = ["rose", "lily"].map((flower) =>
    tasklet({ name: `messenger of ${flower}` }, function* () {
      winner.resolve(flower)
    }),
  )
  yield* ended([...bees, ...messengers])
  check("all have heard the same", heard.size === 1)
}

export const lockScenarios: Readonly<Record<string, Scenario>> = { beds, ledger, signal, meeting, news }
