// The client's process: does what the harness asks by a message, one thing at a time, and answers each.

import { churn, Crowd, type Taken } from "./driver.ts"
import type { Protocol } from "./wire.ts"

export type ClientTask =
  | { readonly do: "open"; readonly protocol: Protocol; readonly port: number; readonly connections: number }
  | { readonly do: "load"; readonly requests: number }
  | { readonly do: "rounds"; readonly rounds: number }
  | { readonly do: "close" }
  | { readonly do: "churn"; readonly protocol: Protocol; readonly port: number; readonly requests: number; readonly connections: number }

export type ClientAnswer = { readonly taken: Taken | undefined } | { readonly error: string }

let crowd: Crowd | undefined

async function perform(task: ClientTask): Promise<Taken | undefined> {
  switch (task.do) {
    case "open":
      crowd = new Crowd(task.protocol, task.port)
      await crowd.open(task.connections)
      return undefined
    case "load":
      return crowd?.load(task.requests)
    case "rounds":
      return crowd?.rounds(task.rounds)
    case "close":
      await crowd?.close()
      crowd = undefined
      return undefined
    case "churn":
      return churn(task.protocol, task.port, task.requests, task.connections)
  }
}

process.on("message", (task: ClientTask) => {
  perform(task).then(
    (taken) => process.send?.({ taken }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.on("disconnect", () => process.exit(0))
