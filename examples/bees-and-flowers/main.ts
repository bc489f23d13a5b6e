/** Bees and flowers: the article's world, then a meadow at scale, of tasklets and of actors, and a hive that heals. `--help` explains. */
import { inspect } from "node:util"
import { type LivingFigures, runLivingMeadow } from "../meadow/meadow.ts"
import { announceLiving, reportLiving } from "../meadow/report.ts"
import { runSupervisedMeadow } from "../supervised-meadow/meadow.ts"
import { runArticleWorld } from "./article-world.ts"
import { countOf } from "./figures.ts"
import { type Interruption, InterruptionListener } from "./interruption.ts"
import { type MeadowFigures, type MeadowSettings, runMeadow } from "./meadow.ts"
import { readCommand } from "./options.ts"
import { Output } from "./output.ts"
import { type Progress, progressOn } from "./progress.ts"
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
  const { article, hive, meadow } = command
  const interruption = new InterruptionListener()
  const stop = interruption.signal
  const visits = await runArticleWorld(article, output, stop)
  if (stop.aborted) {
    const { exitCode, signalName } = stop.reason as Interruption
    process.stderr.write(`Stopped by ${signalName} in the article's world after ${countOf(visits, "visit")}.\n`)
    return exitCode
  }
  if (meadow === undefined || hive === undefined) return 0
  for (const one of [() => open(ofTasklets, meadow, output, stop), () => open(ofActors, meadow, output, stop)]) {
    const exitCode = output.closed ? 0 : await one()
    if (exitCode !== 0) return exitCode
  }
  if (output.closed) return 0
  // From here on Ctrl-C is the application's concern.
  interruption.release()
  output.print("")
  return runSupervisedMeadow(hive, output)
}

/** A kind of meadow: what is said before it, what happens, and what is said after it. */
interface Meadow<Figures> {
  readonly announce: (settings: MeadowSettings) => string
  readonly run: (settings: MeadowSettings, progress: Progress, stop: AbortSignal) => Promise<Figures>
  readonly report: (settings: MeadowSettings, figures: Figures) => readonly string[]
}

const ofTasklets: Meadow<MeadowFigures> = { announce, run: runMeadow, report }
const ofActors: Meadow<LivingFigures> = { announce: announceLiving, run: runLivingMeadow, report: reportLiving }

/** Opens a meadow, and says what has happened there; gives the exit code. */
async function open<Figures extends { readonly interruption: Interruption | undefined }>(
  meadow: Meadow<Figures>,
  settings: MeadowSettings,
  output: Output,
  stop: AbortSignal,
): Promise<number> {
  output.print(`\n${meadow.announce(settings)}`)
  await output.flush()
  const figures = await meadow.run(settings, progressOn(process.stderr, settings.bees * settings.nectar), stop)
  for (const line of meadow.report(settings, figures)) output.print(line)
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
