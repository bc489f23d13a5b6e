/**
 * The meadow: the article's world with tens of thousands of bees, on the host's event loop.
 *
 * The bees hatch and wait for dawn, so that all tasklets are blocked when their memory is measured. By day they fly, and each
 * one that has its nectar comes home through a channel. The night is in night.ts.
 */
import { type Channel, type DeadlockError, Random, Scheduler } from "@vivarium/core"
import { liveHeapBytes } from "./heap.ts"
import { Interruption } from "./interruption.ts"
import { waitForFlowers } from "./night.ts"
import type { Progress } from "./progress.ts"

export interface MeadowSettings {
  readonly seed: number
  readonly flowers: number
  readonly bees: number
  /** How much each bee collects: one at each visit. */
  readonly nectar: number
}

/** What has happened in the meadow, up to its end or its interruption. */
export interface MeadowFigures {
  readonly visits: number
  readonly beesAtHome: number
  /** How long the bees flew. */
  readonly seconds: number
  readonly tasklets: number
  readonly bytesPerTasklet: number
  /** Resumes while the bees flew. */
  readonly switches: number
  /** The report on the flowers; undefined if the day was interrupted. */
  readonly deadlock: DeadlockError | undefined
  readonly interruption: Interruption | undefined
}

interface Visitor {
  nectar: number
}

const PROGRESS_EVERY_MS = 100

/** Opens a meadow and runs it to its end, or until it is stopped. */
export async function runMeadow(settings: MeadowSettings, progress: Progress, stop: AbortSignal): Promise<MeadowFigures> {
  const heapBefore = liveHeapBytes()
  // A busy machine may hold up any slice, and there is nothing that the reader of a report could do about it here.
  const scheduler = new Scheduler({ limits: { slowSliceMs: Infinity } })
  const { clock } = scheduler
  const chance = new Random(settings.seed)
  const dawn = scheduler.channel<never>({ name: "dawn" })
  const home = scheduler.channel<Visitor>({ name: "home" })
  const channels = Array.from({ length: settings.flowers }, (_, id) => scheduler.channel<Visitor>({ name: `flower ${id}` }))
  let visits = 0
  let beesAtHome = 0
  let seconds = 0

  function* flower(visitors: Channel<Visitor>) {
    for (;;) {
      const visitor = yield* visitors.receive()
      visitor.nectar++
    }
  }

  // One operation serves all bees: it only describes what to wait for.
  const daylight = dawn.receiveOrDone()

  function* bee() {
    const self: Visitor = { nectar: 0 }
    yield* daylight
    while (self.nectar < settings.nectar) {
      yield* (channels[chance.integer(channels.length)] as Channel<Visitor>).send(self)
      visits++
    }
    yield* home.send(self)
  }

  function* watcher(begin: number) {
    for (;;) {
      yield* scheduler.sleep(PROGRESS_EVERY_MS)
      progress.show(visits, (clock.now() - begin) / 1000)
    }
  }

  function* day() {
    const begin = clock.now()
    const watching = scheduler.tasklet(watcher, begin)
    try {
      dawn.close()
      const arrival = home.receive({ signal: stop })
      for (; beesAtHome < settings.bees; beesAtHome++) yield* arrival
    } finally {
      watching.kill()
      progress.end()
      seconds = (clock.now() - begin) / 1000
    }
  }

  const flowers = channels.map((visitors, id) => {
    return { visitors, tasklet: scheduler.tasklet({ name: `flower ${id}` }, flower, visitors) }
  })
  for (let count = 0; count < settings.bees; count++) scheduler.tasklet(bee)
  scheduler.run()
  const { created: tasklets, switches: before } = scheduler.statistics()
  const bytesPerTasklet = (liveHeapBytes() - heapBefore) / tasklets

  const interruption = await scheduler.main({ name: "day" }, day).then(() => undefined, interruptionOrThrow)
  const switches = scheduler.statistics().switches - before
  const deadlock = interruption === undefined ? await waitForFlowers(scheduler, flowers, { nectar: 0 }) : undefined
  return { visits, beesAtHome, seconds, tasklets, bytesPerTasklet, switches, deadlock, interruption }
}

function interruptionOrThrow(error: unknown): Interruption {
  if (error instanceof Interruption) return error
  throw error
}
