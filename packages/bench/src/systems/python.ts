// The two Python rivals. Stackless is an interpreter of its own, gevent a module of an ordinary one.

import { type Programs, programs } from "./programs.ts"
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
  system: Pick<System, "id" | "title">,
  module: string,
  interpreters: readonly string[],
  cure: string,
  known: Programs,
  program: string,
): System {
  let chosen = "python3"
  return {
    ...system,
    rows: known.rows,
    async prepare() {
      const found = interpreterWith(module, interpreters)
      if (found === undefined) return { ready: false, cure }
      chosen = found.file
      return { ready: true, version: found.version }
    },
    command: (row) => ({ file: chosen, arguments: [`${packageRoot}rivals/${system.id}/${program}`, known.nameOf(row)] }),
  }
}

export const stackless: System = python(
  { id: "stackless", title: "Stackless" },
  "stackless",
  [process.env["STACKLESS_PYTHON"] ?? "stackless", "stackless", "python3"],
  "build Stackless Python 3.7 and name its interpreter in STACKLESS_PYTHON",
  programs(["pingpong", "ring", "spawn", "idle", "skynet", "fanin", "ask", "sieve", "timers", "deep"]),
  "bench.py",
)

/** gevent with one of its programs in rivals/gevent. */
export function geventSystem(known: Programs, program: string): System {
  return python(
    { id: "gevent", title: "gevent" },
    "gevent",
    ["/usr/bin/python3", "python3"],
    "apt-get install -y --no-install-recommends python3-gevent",
    known,
    program,
  )
}

export const gevent: System = geventSystem(
  // The sieve would take a quarter of a minute a run.
  programs(["pingpong", "ring", "spawn", "idle", "skynet", "fanin", "ask", "timers", "deep"]),
  "bench.py",
)
