// Runs one workload in this process and takes its time or its memory.

import type { Measurement } from "./measurement.ts"
import { collectAll, peakMegabytes, youngGeneration } from "./memory.ts"
import type { MemoryBody, StagedBody, TimedBody, Workload } from "./workload.ts"

/** `warmUp: false` is for tests, which look at results and not at time. */
export interface MeasureOptions {
  readonly warmUp?: boolean
}

/** A workload came to a wrong result, so its time means nothing. */
class WrongResultError extends Error {
  constructor(workload: string, expected: number, got: number) {
    super(`${workload} must come to ${expected} and came to ${got}: its time means nothing.`)
    this.name = "WrongResultError"
  }
}

/** Rounds before the one that is timed; few enough for the slowest workload. */
const warmUpRounds = 5

export async function measure(
  workload: Workload,
  size: number,
  { warmUp = workload.cold !== true }: MeasureOptions = {},
): Promise<Measurement> {
  const body = await workload.load()
  switch (body.measures) {
    case "memory":
      return measureMemory(workload.name, body, size, warmUp)
    case "time":
      return measureTime(workload.name, staged(body), size, warmUp)
    case "stage":
      return measureTime(workload.name, body, size, warmUp)
  }
}

/** Timed work is work that needs no preparation. */
function staged(body: TimedBody): StagedBody {
  return {
    measures: "stage",
    prepare: (size) => () => body.run(size),
    operations: (size) => size,
    expected: (size) => body.expected(size),
  }
}

async function measureTime(
  name: string,
  body: StagedBody,
  size: number,
  warmUp: boolean,
): Promise<Measurement> {
  if (warmUp) await warm(body, size)
  const work = await body.prepare(size)
  const cpuBefore = process.cpuUsage()
  const begun = process.hrtime.bigint()
  const result = await work()
  const elapsed = Number(process.hrtime.bigint() - begun)
  const cpu = process.cpuUsage(cpuBefore)
  const expected = body.expected(size)
  if (result !== expected) throw new WrongResultError(name, expected, result)
  const operations = body.operations(size)
  const cpuNanoseconds = ((cpu.user + cpu.system) * 1_000) / operations
  return {
    name,
    seconds: elapsed / 1e9,
    operations,
    perOperation: elapsed / operations,
    peakMegabytes: peakMegabytes(),
    extra: new Map([["cpu-ns", cpuNanoseconds.toFixed(1)]]),
  }
}

// The same work at the same size: a shorter one would leave the optimising compiler's work in the figure. More than once, since
// the compiler's guesses from the first round are often thrown away and made again in the second. Collecting what the rounds
// left behind also shrinks the young generation; a tenth of the work lets it grow again, or its growth would be measured.
async function warm(body: StagedBody, size: number): Promise<void> {
  const runOnce = async (ofSize: number): Promise<number> => (await body.prepare(ofSize))()
  for (let round = 0; round < warmUpRounds; round++) await runOnce(size)
  collectAll()
  if (size >= 10) await runOnce(Math.floor(size / 10))
}

// The warm-up stays small here: pages that a large one leaves behind would be used again and hide the growth.
function measureMemory(name: string, body: MemoryBody, size: number, warmUp: boolean): Measurement {
  if (warmUp) body.hold(1_000)
  collectAll()
  const before = process.memoryUsage()
  const youngBefore = youngGeneration()
  const cpuBefore = process.cpuUsage()
  const begun = process.hrtime.bigint()
  const held = body.hold(size)
  const elapsed = Number(process.hrtime.bigint() - begun)
  const cpu = process.cpuUsage(cpuBefore)
  // Garbage is no cost of a tasklet that waits, so it is collected before memory is read.
  collectAll()
  const young = youngGeneration()
  const after = process.memoryUsage()
  // Counting after the second reading keeps everything held reachable until then.
  const count = body.count(held)
  if (count !== size) throw new WrongResultError(name, size, count)
  return {
    name,
    seconds: elapsed / 1e9,
    operations: size,
    perOperation: (after.rss - before.rss) / size,
    peakMegabytes: peakMegabytes(),
    extra: new Map([
      ["live", ((after.heapUsed - before.heapUsed) / size).toFixed(1)],
      ["young", ((young - youngBefore) / size).toFixed(1)],
      ["cpu-ns", (((cpu.user + cpu.system) * 1_000) / size).toFixed(1)],
    ]),
  }
}
