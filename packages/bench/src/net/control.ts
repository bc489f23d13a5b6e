// What every server in JavaScript tells the harness: its port on stdout, then an answer for each line on stdin. The servers in
// other languages do the same in theirs:
//
//   listening PORT                             as soon as it listens
//   usage    →  usage cpu-us=N rss=N peak=N    CPU of the whole process in µs, memory in bytes (peak in MB)
//   collect  →  collected                      after a garbage collection
//
// The end of stdin ends the process.

import { setImmediate } from "node:timers/promises"
import { collectAll, peakMegabytes, youngGeneration } from "../memory.ts"

export function control(port: number): void {
  process.stdin.setEncoding("utf8")
  process.stdin.on("data", (text: string) => void answerAll(text))
  process.stdin.on("end", () => process.exit(0))
  process.stdout.write(`listening ${port}\n`)
}

async function answerAll(text: string): Promise<void> {
  // The harness waits for each answer, so what comes is whole lines.
  for (const line of text.trim().split("\n")) process.stdout.write(`${await answer(line)}\n`)
}

async function answer(line: string): Promise<string> {
  if (line === "usage") return usage()
  collectAll()
  // The memory of buffers is given back outside of the collection that finds them unused.
  await setImmediate()
  collectAll()
  return "collected"
}

function usage(): string {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const figures = { "cpu-us": user + system, rss, peak: peakMegabytes(), live: heapUsed + external, young: youngGeneration() }
  return `usage ${Object.entries(figures).map(([key, value]) => `${key}=${value}`).join(" ")}`
}
