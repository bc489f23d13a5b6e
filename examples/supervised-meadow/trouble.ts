/** Trouble: faults of several kinds, in an order that the seed decides. One hits, and is seen to hit, before the next is made. */
import { ExitReason, isOrderly, type Ref, type System } from "@vivarium/actors"
import { type Routine, sleep } from "@vivarium/core"
import type { Application } from "@vivarium/supervision"
import { MOST_ATTEMPTS } from "./queen.ts"
import type { Fragile, Surroundings } from "./surroundings.ts"

/** At most, between two faults, unless told otherwise. */
const PAUSE_MS = 20
/** Of a hundred faults, so many hit the weather, and a flower. All others hit a bee. */
const WEATHER = 2
const FLOWER = 15
/** Of a hundred bees that are hit, so many do not hatch again at once, and so many not at all. */
const BLIGHT = 12
const BLIGHT_FOR_GOOD = 1

/** What was done. */
export interface Faults {
  errors: number
  exits: number
  kills: number
  /** Bees that failed to hatch afterwards. */
  blights: number
  /** Who was hit ended by it. */
  hits: number
  /** Who should have been hit was being stopped anyway. */
  misses: number
}

export function noFaults(): Faults {
  return { errors: 0, exits: 0, kills: 0, blights: 0, hits: 0, misses: 0 }
}

/** Makes so many faults, which are counted as they happen; fewer if the application ends before. `pauseMs` is the longest pause between two. */
export function* makeTrouble(count: number, app: Application, surroundings: Surroundings, faults: Faults, pauseMs = PAUSE_MS): Routine {
  while (faults.hits + faults.misses < count) {
    yield* sleep(surroundings.chance.integer(pauseMs))
    if (app.state === "stopping" || app.state === "stopped") return
    const victim = find(app.system, surroundings)
    if (victim === undefined) continue
    hurt(victim, surroundings, faults)
    const reason = yield* victim.join()
    if (isOrderly(reason)) faults.misses++
    else faults.hits++
  }
}

/** Who will be hit: undefined if it is not there just now. */
function find(system: System, { bees, chance, flowers }: Surroundings): Ref<Fragile> | undefined {
  const dice = chance.integer(100)
  const name = dice < WEATHER ? "weather" : dice < WEATHER + FLOWER ? `flower ${chance.integer(flowers)}` : bees[chance.integer(bees.length)]
  return name === undefined ? undefined : (system.whereis(name) as Ref<Fragile> | undefined)
}

function hurt(victim: Ref<Fragile>, { blight, chance }: Surroundings, faults: Faults): void {
  const name = victim.name ?? ""
  const dice = chance.integer(100)
  if (name.startsWith("bee") && dice < BLIGHT) {
    faults.blights++
    blight.strike(name, dice < BLIGHT_FOR_GOOD ? MOST_ATTEMPTS : 1 + chance.integer(MOST_ATTEMPTS - 2))
  }
  const way = chance.integer(3)
  if (way === 0) {
    faults.errors++
    victim.cast.hurt()
  } else if (way === 1) {
    faults.exits++
    victim.exit(ExitReason.custom("poisoned"))
  } else {
    faults.kills++
    victim.exit(ExitReason.kill)
  }
}
