/** What the meadow says in the end: a table, and the beginning of the deadlock report. */
import type { DeadlockError } from "@vivarium/core"
import { count, countOf } from "./figures.ts"
import type { MeadowFigures, MeadowSettings } from "./meadow.ts"

const REPORT_LINES = 5

/** What the meadow will do, before it begins. */
export function announce({ bees, flowers, nectar }: MeadowSettings): string {
  return `The meadow: ${countOf(bees, "bee")}, ${countOf(flowers, "flower")}, ${countOf(nectar, "visit")} a bee.`
}

/** The lines that close a run of the meadow, whether it came to its end or not. */
export function report(settings: MeadowSettings, figures: MeadowFigures): string[] {
  const { beesAtHome, bytesPerTasklet, deadlock, interruption, seconds, switches, tasklets, visits } = figures
  const ending = interruption === undefined ? "All bees are home" : `Stopped by ${interruption.signalName}`
  const rows: readonly (readonly [string, number, string])[] = [
    ["visits", visits, `of ${count(settings.bees * settings.nectar)}`],
    ["visits per second", seconds > 0 ? visits / seconds : 0, "while the bees flew"],
    ["bytes per tasklet", bytesPerTasklet, `heap growth while ${count(tasklets)} were created and blocked`],
    ["switches", switches, "while the bees flew"],
  ]
  const width = Math.max(...rows.map(([, value]) => count(value).length))
  return [
    `${ending} after ${seconds.toFixed(2)} s: ${count(beesAtHome)} of ${countOf(settings.bees, "bee")} came home with their nectar.`,
    "",
    ...rows.map(([name, value, meaning]) => `  ${name.padEnd(17)}  ${count(value).padStart(width)}  ${meaning}`),
    ...(deadlock === undefined ? [] : ["", "No bee comes any more, and the flowers wait for ever:", "", ...beginningOf(deadlock)]),
  ]
}

function beginningOf(deadlock: DeadlockError): string[] {
  const lines = deadlock.message.split("\n")
  const rest = lines.length - REPORT_LINES
  return [...lines.slice(0, REPORT_LINES), ...(rest > 0 ? [`  … and ${count(rest)} more`] : [])]
}
