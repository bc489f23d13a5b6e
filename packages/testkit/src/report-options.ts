/** The options of reports, checked. */
import { InvalidArgumentError } from "@vivarium/core"
import { checkCount } from "@vivarium/core/lowlevel"
import { defaultDirectory } from "./diagram-file.ts"
import { LAST_STEPS } from "./limits.ts"

/** What the report of a failure has in it. */
export interface ReportOptions {
  /** How many of the last steps are printed; the error has them all. Default 20. */
  readonly lastSteps?: number
  /**
   * Where the Mermaid diagram of a failing run is written, or false for nowhere. Default: the directory that the environment variable VIVARIUM_DIAGRAMS names, else `vivarium` in
   * the host's directory for temporary files. The name is made of the schedule code, so that the same failure overwrites its own.
   */
  readonly diagramDirectory?: string | false
}

/** The same, read. */
export interface ReportSettings {
  readonly lastSteps: number
  readonly diagramDirectory: string | null
}

export const REPORT_OPTIONS: readonly string[] = ["lastSteps", "diagramDirectory"] satisfies (keyof ReportOptions)[]

export function readReportSettings({ diagramDirectory = defaultDirectory(), lastSteps = LAST_STEPS }: ReportOptions): ReportSettings {
  if (lastSteps !== Infinity) checkCount("lastSteps", lastSteps, 0)
  if (diagramDirectory !== false && (typeof diagramDirectory !== "string" || diagramDirectory === "")) {
    throw new InvalidArgumentError("diagramDirectory", diagramDirectory, "the path of a directory, or false", 'right: { diagramDirectory: "diagrams" }')
  }
  return { lastSteps, diagramDirectory: diagramDirectory === false ? null : diagramDirectory }
}
