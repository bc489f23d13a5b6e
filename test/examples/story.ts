import { read } from "../repository/files.ts"
import { type Ending, start } from "./program.ts"

const { scripts } = JSON.parse(read("package.json")) as { scripts: { example: string } }

/** Runs the example of a folder, as `pnpm example` does, until it has ended. */
export function runExample(name: string): Promise<Ending> {
  return start(scripts.example, [`examples/${name}/main.ts`]).ended
}

/** How it must end: with what its README shows. */
export function endingOf(name: string): Ending {
  const shown = /^```text\n([\s\S]*?)^```$/m.exec(read(`examples/${name}/README.md`))?.[1]
  if (shown === undefined) throw new Error(`the README of ${name} shows no output`)
  return { code: 0, signal: null, stdout: shown, stderr: "" }
}
