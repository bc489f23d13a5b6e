/** The supervised meadow by itself. `start` runs it behind the article's world, and knows flags for it. */
import { Output } from "../bees-and-flowers/output.ts"
import { runSupervisedMeadow } from "./meadow.ts"

process.exitCode = await runSupervisedMeadow({ seed: 1, faults: 1_000 }, new Output(process.stdout))
