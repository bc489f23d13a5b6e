/** Bees and flowers: the article's world, then a meadow at scale. `--help` explains. */
import { inspect } from "node:util"
import { runArticleWorld } from "./article-world.ts"
import { countOf } from "./figures.ts"
import { type Interruption, interruptionSignal } from "./interruption.ts"
import { runMeadow } from "./meadow.ts"
import { readCommand } from "./options.ts"
import { Output } from "./output.ts"
import { progressOn } from "./progress.ts"
import { announce, report } from "./report.ts"

/** Runs the program; gives its exit code. */
async function runProgram(argv: readonly string[], output: Output): Promise<number> {
  const command = readCommand(argv)
  if (command.kind === "refused") {
    process.stderr.write(`${command.text}\n`)
    return 2
  }
  if (command.kind === "help") {
    output.print(command.text)
    await output.flush()
    return 0
  }
  const { article, meadow } = command
  const stop = interruptionSignal()
  const visits = await runArticleWorld(article, output, stop)
  if (stop.aborted) {
    const { exitCode, signalName } = stop.reason as Interruption
    process.stderr.write(`Stopped by ${signalName} in the article's world after ${countOf(visits, "visit")}.\n`)
    return exitCode
  }
  if (meadow === undefined || output.closed) return 0
  output.print(`\n${announce(meadow)}`)
  await output.flush()
  const progress = progressOn(process.stderr, meadow.bees * meadow.nectar)
  const figures = await runMeadow(meadow, progress, stop)
  for (const line of report(meadow, figures)) output.print(line)
  await output.flush()
  return figures.interruption?.exitCode ?? 0
}

/** Says what went wrong: in one line if it was the system's doing (a full disk), with the place if it was ours. */
function explain(error: unknown): number {
  const ofSystem = error instanceof Error && "syscall" in error
  process.stderr.write(`${ofSystem ? error.message : inspect(error)}\n`)
  return 1
}

// Progress that nobody reads is no reason to stop.
process.stderr.on("error", () => {})
process.exitCode = await runProgram(process.argv.slice(2), new Output(process.stdout)).catch(explain)
