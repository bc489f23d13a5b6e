/** The living meadow by itself. `start` runs it behind the article's world, and knows flags for it. */
import { InterruptionListener } from "../bees-and-flowers/interruption.ts"
import { progressOn } from "../bees-and-flowers/progress.ts"
import { runLivingMeadow } from "./meadow.ts"
import { announceLiving, reportLiving } from "./report.ts"

const settings = { seed: 1, flowers: 300, bees: 10_000, nectar: 50 }

console.log(announceLiving(settings))
const progress = progressOn(process.stderr, settings.bees * settings.nectar)
const figures = await runLivingMeadow(settings, progress, new InterruptionListener().signal)
for (const line of reportLiving(settings, figures)) console.log(line)
process.exitCode = figures.interruption?.exitCode ?? 0
