/** Ten thousand requests at the same time, each in a tasklet of its own: a server and its clients, in two processes. */
import { parseArgs } from "node:util"
import { count } from "../bees-and-flowers/figures.ts"
import { descriptorLimits } from "./descriptors.ts"
import type { ClientAnswers, ClientTask, Protocol, ServerAnswers, ServerTask } from "./messages.ts"
import { errorsIn, type Figures, inWords } from "./report.ts"
import { Worker } from "./worker.ts"

/** For files, pipes and whatever else a process has open beside its connections. */
const OTHERS = 100

const { values } = parseArgs({ options: { connections: { type: "string", default: "10000" }, rounds: { type: "string", default: "10" } } })
const wanted = integer("connections", values.connections)
const rounds = integer("rounds", values.rounds)

const { hard, soft } = descriptorLimits()
const connections = Math.min(wanted, hard - OTHERS)
if (connections < wanted) console.log(`A process may have ${count(hard)} descriptors open here, so there are ${count(connections)} connections, and not ${count(wanted)}.\n`)
const descriptors = Math.min(hard, Math.max(soft, connections + OTHERS))

let errors = 0
for (const protocol of ["tcp", "http"] as const) {
  const figures = await measure(protocol)
  console.log(inWords(figures))
  errors += errorsIn(figures)
}
process.exitCode = errors === 0 ? 0 : 1

async function measure(protocol: Protocol): Promise<Figures> {
  const server = new Worker<ServerTask, ServerAnswers>(new URL("./server.ts", import.meta.url), descriptors)
  const client = new Worker<ClientTask, ClientAnswers>(new URL("./client.ts", import.meta.url), descriptors)
  try {
    const { port } = await server.ask({ do: "serve", protocol })
    const before = await server.ask({ do: "measure" })
    const opened = await client.ask({ do: "open", protocol, port, connections })
    await server.ask({ do: "expect", requests: connections - opened.errors })
    const asked = await client.ask({ do: "ask", together: true, rounds: 1 })
    const together = await server.ask({ do: "measure" })
    const again = await client.ask({ do: "ask", together: false, rounds })
    const after = await server.ask({ do: "measure" })
    await client.ask({ do: "close" })
    await server.ask({ do: "close" })
    return { protocol, connections, rounds, before, together, after, opened, asked, again }
  } finally {
    client.dismiss()
    server.dismiss()
  }
}

function integer(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 1 && number <= 50_000) return number
  console.error(`--${name} must be an integer from 1 to 50000, got ${JSON.stringify(text)}.`)
  process.exit(2)
}
