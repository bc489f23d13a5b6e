// The two Python rivals. Stackless is an interpreter of its own, gevent a module of an ordinary one.

import { outputOf, packageRoot, type System } from "./system.ts"

/** The first of the interpreters that can import the module, with the module's version. */
function interpreterWith(
  module: string,
  interpreters: readonly string[],
): { readonly file: string; readonly version: string } | undefined {
  const program = `import sys, ${module}; print("Python", sys.version.split()[0])`
  for (const file of interpreters) {
    const version = outputOf(file, "-c", program)
    if (version !== undefined) return { file, version }
  }
  return undefined
}

function python(
  system: Pick<System, "id" | "title" | "rows">,
  module: string,
  interpreters: readonly string[],
  cure: string,
): System {
  let chosen = "python3"
  return {
    ...system,
    async prepare() {
      const found = interpreterWith(module, interpreters)
      if (found === undefined) return { ready: false, cure }
      chosen = found.file
      return { ready: true, version: found.version }
    },
    command: (row) => ({ file: chosen, arguments: [`${packageRoot}rivals/${system.id}/bench.py`, row] }),
  }
}

export const stackless: System = python(
  {
    id: "stackless",
    title: "Stackless",
    rows: new Set(["pingpong", "ring", "spawn", "idle", "skynet", "fanin", "ask", "sieve", "timers", "deep"]),
  },
  "stackless",
  [process.env["STACKLESS_PYTHON"] ?? "stackless", "stackless", "python3"],
  "build Stackless Python 3.7 and name its interpreter in STACKLESS_PYTHON",
)

export const gevent: System = python(
  {
    id: "gevent",
    title: "gevent",
    // The sieve would take a quarter of a minute a run.
    rows: new Set(["pingpong", "ring", "spawn", "idle", "skynet", "fanin", "ask", "timers", "deep"]),
  },
  "gevent",
  ["/usr/bin/python3", "python3"],
  "apt-get install -y --no-install-recommends python3-gevent",
)
