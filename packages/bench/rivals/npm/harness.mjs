// Runs one workload of one JavaScript system and prints its line: `node --expose-gc SYSTEM.mjs NAME [SIZE]`.
// A workload is { size, run(size) → result, expected(size) }; `idle` has hold(size) → what keeps everything alive.

import { readFileSync } from "node:fs"

export const sum = (size) => (size * (size - 1)) / 2

/** The sum of what ten senders of `size / 10` numbers each send. */
export const sumOfTen = (size) => 10 * sum(size / 10)

/** How many actors `big` has; its size is a multiple of it. */
export const bigActors = 200

/** Returns a function that picks one of the other actors of `big` by its index, in each run the same ones. */
export function otherThan(me) {
  let seed = me + 1
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return (me + 1 + ((seed >>> 8) % (bigActors - 1))) % bigActors
  }
}

export async function main(workloads) {
  const [name, sizeText] = process.argv.slice(2)
  const workload = workloads[name]
  if (workload === undefined) {
    console.error(`Unknown workload ${name}. Allowed: ${Object.keys(workloads).join(", ")}.`)
    process.exit(2)
  }
  const size = sizeText === undefined ? workload.size : Number(sizeText)
  await (workload.hold === undefined ? time(name, workload, size) : memory(name, workload, size))
  process.exit(0)
}

async function time(name, workload, size) {
  await workload.run(size)
  globalThis.gc?.()
  const cpuBefore = process.cpuUsage()
  const begun = process.hrtime.bigint()
  const result = await workload.run(size)
  const elapsed = Number(process.hrtime.bigint() - begun)
  const cpu = process.cpuUsage(cpuBefore)
  const expected = workload.expected(size)
  if (result !== expected) throw new Error(`${name} must come to ${expected} and came to ${result}`)
  print(name, elapsed, size, elapsed / size, cpu)
}

async function memory(name, workload, size) {
  await workload.hold(1_000)
  collect()
  const before = process.memoryUsage()
  const cpuBefore = process.cpuUsage()
  const begun = process.hrtime.bigint()
  const held = await workload.hold(size)
  const elapsed = Number(process.hrtime.bigint() - begun)
  const cpu = process.cpuUsage(cpuBefore)
  const resident = process.memoryUsage().rss
  collect()
  const live = (process.memoryUsage().heapUsed - before.heapUsed) / size
  if (held.length !== size) throw new Error(`${name} must hold ${size} and holds ${held.length}`)
  print(name, elapsed, size, (resident - before.rss) / size, cpu, ` live=${live.toFixed(1)}`)
}

function collect() {
  globalThis.gc?.()
  globalThis.gc?.()
}

function print(name, elapsed, size, each, cpu, extra = "") {
  const peak = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) / 1024
  const cpuEach = ((cpu.user + cpu.system) * 1_000) / size
  console.log(
    `${name} ${(elapsed / 1e9).toFixed(4)} ${size} ${each.toFixed(1)} ${peak.toFixed(1)} cpu-ns=${cpuEach.toFixed(1)}${extra}`,
  )
}
