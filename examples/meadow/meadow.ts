/**
 * The living meadow: bees and flowers are actors, and a visit is a call.
 *
 * All are spawned first and wait for their first message: that is when their memory is measured. By day each bee is asked to forage. One that
 * falls ill crashes, which fails the one call that asked it; in the evening the system ends all the others.
 */
import { CallError, type CrashReport, type Ref, System } from "@vivarium/actors"
import { Random, Scheduler, select } from "@vivarium/core"
import { liveHeapBytes } from "../bees-and-flowers/heap.ts"
import { Interruption } from "../bees-and-flowers/interruption.ts"
import type { MeadowSettings } from "../bees-and-flowers/meadow.ts"
import type { Progress } from "../bees-and-flowers/progress.ts"
import { Bee } from "./bee.ts"
import { Flower } from "./flower.ts"

/** What has happened in the living meadow, up to its end or its interruption. */
export interface LivingFigures {
  readonly visits: number
  readonly beesAtHome: number
  /** How long the bees flew. */
  readonly seconds: number
  readonly actors: number
  readonly bytesPerActor: number
  readonly crashes: number
  /** Those that were alive before the evening. */
  readonly survivors: number
  /** The crash of the eldest bee that fell ill. */
  readonly crash: CrashReport | undefined
  readonly interruption: Interruption | undefined
}

const PROGRESS_EVERY_MS = 100

/** Opens a meadow and runs it to its end, or until it is stopped. */
export async function runLivingMeadow(settings: MeadowSettings, progress: Progress, stop: AbortSignal): Promise<LivingFigures> {
  const heapBefore = liveHeapBytes()
  const scheduler = new Scheduler({ limits: { slowSliceMs: Infinity } })
  const { clock } = scheduler
  // A bee waits at an empty flower for as long as it takes. Crashes are not printed as they come, but told in the end.
  const system = new System({ name: "meadow", scheduler, callTimeoutMs: Infinity, log: false })
  const chance = new Random(settings.seed)
  let crash: CrashReport | undefined
  let beesAtHome = 0
  let seconds = 0

  const flowers = Array.from({ length: settings.flowers }, () => system.spawn(Flower))
  const bees = Array.from({ length: settings.bees }, () => system.spawn(Bee, { args: [flowers, chance] }))
  scheduler.run()
  const { processes: actors } = system.statistics()
  const bytesPerActor = (liveHeapBytes() - heapBefore) / actors

  function* watcher(begin: number) {
    for (;;) {
      yield* scheduler.sleep(PROGRESS_EVERY_MS)
      progress.show(yield* countVisits(flowers), (clock.now() - begin) / 1000)
    }
  }

  function* day() {
    const begin = clock.now()
    const watching = scheduler.tasklet(watcher, begin)
    try {
      const flights = bees.map((bee) => bee.request.forage(settings.nectar))
      for (const flight of flights) {
        try {
          yield* select({ flight }, { signal: stop })
          beesAtHome++
        } catch (error) {
          // The bee has crashed. Nobody else is hurt, so this is all there is to do.
          if (!(error instanceof CallError)) throw error
        }
      }
    } finally {
      watching.kill()
      progress.end()
      seconds = (clock.now() - begin) / 1000
    }
  }

  system.events.on("crash", (report) => {
    if (crash === undefined || report.ref.id < crash.ref.id) crash = report
  })
  const interruption = await scheduler.main({ name: "day" }, day).then(() => undefined, interruptionOrThrow)
  const visits = await scheduler.main(countVisits, flowers)
  const { crashed: crashes, processes: survivors } = system.statistics()
  // In the evening all are idle, and end when asked to. After a Ctrl-C many are still flying: a deadline of 0 kills them.
  await system.stop(interruption === undefined ? {} : { deadlineMs: 0 })
  return { visits, beesAtHome, seconds, actors, bytesPerActor, crashes, survivors, crash, interruption }
}

/** Asks all flowers at once, and then collects the answers. */
function* countVisits(flowers: readonly Ref<Flower>[]) {
  let visits = 0
  for (const count of flowers.map((flower) => flower.request.visits())) visits += yield* count
  return visits
}

function interruptionOrThrow(error: unknown): Interruption {
  if (error instanceof Interruption) return error
  throw error
}
