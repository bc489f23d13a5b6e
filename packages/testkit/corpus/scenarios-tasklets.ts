/** Scenarios of tasklets, groups and time: every end is seen, every failure is somebody's, everybody wakes in time. */
import { Event, group, type Group, type Routine, schedule, sleep, type Tasklet, tasklet, TaskletError } from "@vivarium/core"
import type { Scenario, World } from "../src/scenario.ts"
import { ended, killSometime } from "./killer.ts"

/** Three wait for the end of one. */
function* farewell({ check }: World): Routine {
  let told = 0
  const queen = tasklet(function* () {
    yield* schedule()
    return "farewell"
  })
  yield* schedule()
  const bees = ["Maya", "Willy", "Flip"].map((name) =>
    tasklet({ name }, function* () {
      if ((yield* queen) === "farewell") told++
    }),
  )
  yield* ended(bees)
  check("all were told", told === 3)
}

/** A member fails; another one waits for it and can deal with that, unless it is killed before. Then the failure is the group's. */
function* failure(world: World): Routine {
  const { check } = world
  let dealtWith = 0
  let raised = 0
  try {
    yield* group(function* (bees) {
      const scout = bees.spawn(function* () {
        yield* schedule()
        throw new Error("lost its way")
      })
      const nurse = bees.spawn(function* () {
        try {
          yield* scout
        } catch {
          dealtWith++
        }
      })
      bees.spawn(killSometime, world, nurse, 4)
    })
  } catch {
    raised++
  }
  check("the failure is somebody's, once", dealtWith + raised === 1)
}

/** Somebody outside sends members to a group that may have failed already. */
function* lateMembers({ check }: World): Routine {
  const never = new Event()
  let hive: Group | undefined
  const guests: Tasklet[] = []
  const gate = tasklet({ name: "gate" }, function* () {
    for (let guest = 1; guest <= 2; guest++) {
      yield* schedule()
      try {
        const spawned = hive?.spawn(function* () {
          yield* never.wait()
        })
        if (spawned !== undefined) guests.push(spawned)
      } catch (error) {
        if (!(error instanceof TaskletError)) throw error
      }
    }
  })
  try {
    yield* group(function* (bees) {
      hive = bees
      bees.spawn(function* () {
        try {
          yield* never.wait()
        } finally {
          yield* schedule()
          yield* schedule()
        }
      })
      for (let turn = 0; turn < 4; turn++) yield* schedule()
      throw new Error("smoke")
    })
    check("the group fails", false)
  } catch (error) {
    check("with what its body has raised", (error as Error).message === "smoke")
  }
  yield* ended([gate])
  check("no member outlives its group", guests.every(({ alive }) => !alive))
}

/** Seven sleep, for times of their own; the one that would sleep longest is killed before. */
function* sleepers({ check, clock }: World): Routine {
  const beds = [1, 2, 3, 4, 5, 6, 7].map((ms) =>
    tasklet({ name: `sleeper of ${ms} ms` }, function* () {
      yield* sleep(ms)
      check("it wakes when it should", clock.now() === ms)
    }),
  )
  yield* sleep(0)
  beds.at(-1)?.kill()
  yield* ended(beds)
  check("all others have woken", clock.now() === 6)
}

export const taskletScenarios: Readonly<Record<string, Scenario>> = { farewell, failure, lateMembers, sleepers }
