// Runs the workloads of `bench net`. Within a workload of several passes all servers are up at once and take turns; only the one
// that is being driven has anything to do.

import { cpus } from "node:os"
import { Figures } from "../figures.ts"
import { type Pinning, pinning } from "../pinning.ts"
import { packageRoot, type System } from "../systems/system.ts"
import type { NetOptions } from "./options.ts"
import { ClientProcess, ServerProcess } from "./processes.ts"
import type { NetWorkload, Run, ServedRow, Sizes } from "./workloads.ts"

export interface NetResult {
  readonly figures: Figures
  /** How many servers could not be measured; each was logged. */
  readonly failures: number
  readonly serverCore: number | undefined
  readonly clientCore: number | undefined
}

type Log = (message: string) => void

/** One server to be: who serves, and which row. */
interface Entrant {
  readonly system: System
  readonly row: ServedRow
}

interface Context {
  readonly figures: Figures
  readonly sizes: Sizes
  readonly serverPin: Pinning
  readonly clientPin: Pinning
  readonly log: Log
}

export async function runNet(options: NetOptions, systems: readonly System[], log: Log): Promise<NetResult> {
  const last = cpus().length - 1
  const context: Context = {
    figures: new Figures(),
    sizes: options.sizes,
    // Interrupts tend to go to the first core, so the servers get the last.
    serverPin: pinning(options.serverCore, last),
    clientPin: pinning(options.clientCore, Math.max(0, last - 1)),
    log,
  }
  let failures = 0
  for (let round = 1; round <= options.best; round++) {
    for (const workload of options.workloads) {
      log(`round ${round}/${options.best}  ${workload.name}`)
      const entrants = workload.served.flatMap((row) => systems.filter(({ rows }) => rows.has(row.name)).map((system) => ({ system, row })))
      const batches = workload.passes === 1 ? entrants.map((entrant) => [entrant]) : [entrants]
      for (const batch of batches) failures += await runBatch(context, workload, batch, round)
    }
  }
  return { figures: context.figures, failures, serverCore: context.serverPin.core, clientCore: context.clientPin.core }
}

/** Returns how many of the entrants failed. One that failed is left out of what remains, and the client is a new one then. */
async function runBatch(context: Context, workload: NetWorkload, batch: readonly Entrant[], round: number): Promise<number> {
  const { figures, sizes, serverPin, clientPin, log } = context
  const started = new Map<Entrant, { readonly server: ServerProcess; readonly port: number }>()
  let client = startClient(clientPin)
  const attempt = async (entrant: Entrant, step: () => Promise<void>): Promise<void> => {
    try {
      await step()
    } catch (error) {
      log(`${entrant.row.name} on ${entrant.system.title} failed: ${error instanceof Error ? error.message : String(error)}`)
      await started.get(entrant)?.server.stop()
      started.delete(entrant)
      await client.stop()
      client = startClient(clientPin)
    }
  }
  const runOf = (entrant: Entrant): Run | undefined => {
    const running = started.get(entrant)
    return running === undefined ? undefined : { row: entrant.row, client, sizes, ...running }
  }
  for (const entrant of batch) {
    await attempt(entrant, async () => {
      const { system, row } = entrant
      started.set(entrant, await ServerProcess.start(system.title, serverPin.apply(system.command(row.name))))
      await workload.warmUp({ row, client, sizes, ...started.get(entrant)! })
    })
  }
  for (let pass = 0; pass < workload.passes; pass++) {
    for (const entrant of batch) {
      const run = runOf(entrant)
      if (run === undefined) continue
      await attempt(entrant, async () => {
        for (const measurement of await workload.measure(run)) {
          figures.add({ system: entrant.system.id, row: measurement.name, round, measurement })
        }
      })
    }
  }
  const failures = batch.length - started.size
  await Promise.all([client.stop(), ...[...started.values()].map(({ server }) => server.stop())])
  return failures
}

function startClient(pin: Pinning): ClientProcess {
  const file = `${packageRoot}src/net/client.ts`
  return new ClientProcess(pin.apply({ file: process.execPath, arguments: [...process.execArgv, file] }))
}
