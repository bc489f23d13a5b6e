/** The supervised meadow, living on, and served over HTTP. `--help` explains. */
import { inspect } from "node:util"
import { Output } from "../bees-and-flowers/output.ts"
import { makeMeadow } from "./meadow.ts"
import { readCommand } from "./options.ts"

/** Runs the program; gives its exit code. */
async function runProgram(argv: readonly string[], output: Output): Promise<number> {
  const say = (text: string): Promise<void> => {
    output.print(text)
    return output.flush()
  }
  const command = readCommand(argv)
  if (command.kind === "refused") {
    process.stderr.write(`${command.text}\n`)
    return 2
  }
  if (command.kind === "help") {
    await say(command.text)
    return 0
  }
  const { settings } = command
  const { app } = makeMeadow(settings, (url) => void say(`The supervised meadow lives on ${url} with seed ${settings.seed}. Ctrl-C ends it.`).catch(explain))
  const code = await app.run()
  const { signal, why } = app.outcome ?? { signal: undefined, why: "" }
  if (code === 0) await say(`Stopped by ${signal}: the server has closed, and the meadow has shut down in order.`)
  else process.stderr.write(`${why}\n`)
  return code
}

/** Says what went wrong: in one line if it was the system's doing (a full disk), with the place if it was ours. */
function explain(error: unknown): number {
  const ofSystem = error instanceof Error && "syscall" in error
  process.stderr.write(`${ofSystem ? error.message : inspect(error)}\n`)
  return 1
}

process.exitCode = await runProgram(process.argv.slice(2), new Output(process.stdout)).catch(explain)
