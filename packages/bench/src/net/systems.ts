// Who serves. To the harness each is a command for a row: a program that listens and answers as control.ts tells.

import { installed } from "../systems/javascript.ts"
import { goSystem } from "../systems/native.ts"
import { type Programs, programs } from "../systems/programs.ts"
import { geventSystem } from "../systems/python.ts"
import { packageRoot, type System } from "../systems/system.ts"

const httpRows = { "hello-http": "http", "connect-close-http": "http", "ten-thousand-http": "http" }
const tcpRows = { echo: "tcp", "connect-close-tcp": "tcp", "ten-thousand-tcp": "tcp" }
const bothKinds = programs([], { ...httpRows, ...tcpRows })

const thisNode = async () => ({ ready: true, version: `Node ${process.version}` }) as const

/** A program that Node runs with the flags of this process. */
function nodeProgram(system: Pick<System, "id" | "title" | "prepare">, known: Programs, file: string): System {
  return {
    ...system,
    rows: known.rows,
    command: (row) => ({ file: process.execPath, arguments: [...process.execArgv, `${packageRoot}${file}`, known.nameOf(row)] }),
  }
}

export const netVivarium: System = nodeProgram(
  { id: "vivarium", title: "Vivarium", prepare: thisNode },
  programs([], { ...httpRows, ...tcpRows, "hello-http-web": "http-web", "echo-lines": "tcp-lines" }),
  "src/net/server.ts",
)

const node = nodeProgram({ id: "node", title: "node:http, node:net", prepare: thisNode }, bothKinds, "rivals/node/server.mjs")

const fastify = nodeProgram(
  { id: "fastify", title: "fastify", prepare: async () => installed("fastify") },
  programs([], httpRows),
  "rivals/npm/fastify.mjs",
)

/** In the order of the tables' columns. */
export const netRivals: readonly System[] = [
  node,
  fastify,
  goSystem(bothKinds, "./net", "server"),
  geventSystem(bothKinds, "server.py"),
]
