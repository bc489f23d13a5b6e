/** The world of the article: flowers that listen, and bees that visit them until they have their nectar. */
import { type Channel, Scheduler } from "@vivarium/core"
import { Lcg } from "./lcg.ts"
import { nextTurn, type Output } from "./output.ts"

export interface ArticleSettings {
  readonly seed: number
  readonly flowers: number
  readonly bees: number
  readonly nectar: number
}

interface Bee {
  readonly id: number
  nectar: number
}

/** How many switches may pass before the lines are written out and a Ctrl-C is heard. */
const SWITCHES_AT_ONCE = 10_000

/**
 * Runs the article's world until every bee has its nectar and the flowers wait in vain, or until it is stopped, or nobody
 * reads its output any more. Gives the number of visits.
 */
export async function runArticleWorld(settings: ArticleSettings, output: Output, stop: AbortSignal): Promise<number> {
  const scheduler = new Scheduler({ limits: { slowSliceMs: Infinity } })
  const bees = populate(scheduler, settings, (line) => output.print(line))
  while (scheduler.runCount > 0 && !stop.aborted && !output.closed) {
    scheduler.run({ switches: SWITCHES_AT_ONCE })
    await output.flush()
    await nextTurn()
  }
  return bees.reduce((visits, bee) => visits + bee.nectar, 0)
}

function populate(scheduler: Scheduler, settings: ArticleSettings, print: (line: string) => void): readonly Bee[] {
  const chance = new Lcg(settings.seed)
  const flowers = Array.from({ length: settings.flowers }, () => scheduler.channel<Bee>())

  function* flower(id: number, visitors: Channel<Bee>) {
    for (;;) {
      print(`flower ${id} is listening`)
      const bee = yield* visitors.receive()
      bee.nectar++
      print(`Flower ${id} is giving Bee ${bee.id} nectar`)
    }
  }

  function* bee(self: Bee) {
    while (self.nectar < settings.nectar) {
      const chosen = chance.index(flowers.length)
      yield* (flowers[chosen] as Channel<Bee>).send(self)
      print(`Bee ${self.id} got nectar from Flower ${chosen} I now have ${self.nectar} nectar`)
    }
  }

  for (const [id, visitors] of flowers.entries()) scheduler.tasklet(flower, id, visitors)
  const bees = Array.from({ length: settings.bees }, (_, id): Bee => ({ id, nectar: 0 }))
  for (const each of bees) scheduler.tasklet(bee, each)
  return bees
}
