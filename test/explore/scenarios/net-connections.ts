/** Connections in memory: no byte is lost or torn, whoever is killed, late or closes, and whenever. */
import { group, type Routine, select, sleep, tasklet, TaskletError, TimeoutError } from "@vivarium/core"
import { type Connection, ConnectionError, pair } from "@vivarium/net"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { onceAnywhere } from "./once-anywhere.ts"

/** What a routine came to, in a word. */
function* wordOf(routine: Routine<string>): Routine<string> {
  try {
    return yield* routine
  } catch (error) {
    if (error instanceof TimeoutError) return "late"
    if (error instanceof ConnectionError) return error.code
    throw error
  }
}

function* lineOf(connection: Connection): Routine<string> {
  return (yield* connection.readLine()) ?? "end"
}

/** Two read lines that come in bytes, and one of them is killed somewhere; who comes last reads what is left. */
function* killedReader(world: World): Routine {
  const { check } = world
  const [left, right] = pair({ chunkBytes: 2, highWaterBytes: 6 })
  const lines: string[] = []
  const readers = [1, 2].map(() =>
    tasklet(function* () {
      for (let line = yield* right.readLine(); line !== undefined; line = yield* right.readLine()) lines.push(line)
    }),
  )
  onceAnywhere(world, "a reader is killed", () => readers[0]?.kill())
  yield* group(function* (members) {
    members.spawn(function* () {
      for (const line of ["one\n", "two\nthr", "ee\n", "four"]) yield* left.write(line)
      yield* left.end()
    })
    members.spawn(function* () {
      const { key } = yield* select({ over: right.closed, peek: right.peek(3) })
      check("the next bytes are there, or all is over", key === "over" || key === "peek")
    })
  })
  yield* readers[1] as (typeof readers)[number]
  for (let line = yield* right.readLine(); line !== undefined; line = yield* right.readLine()) lines.push(line)
  check("each line is read once, in order", lines.join() === "one,two,three,four")
  check("nothing is left", right.statistics().unread === 0 && left.statistics().unsent === 0)
}

/** Three write more than one slice each, and one of them is killed somewhere. */
function* killedWriter(world: World): Routine {
  const { check } = world
  const [left, right] = pair({ highWaterBytes: 30_000, chunkBytes: 40_000 })
  const done: string[] = []
  const writers = ["a", "b", "c"].map((name) =>
    tasklet(function* () {
      yield* left.write(`${name.repeat(70_000)}\n`)
      done.push(name)
    }),
  )
  onceAnywhere(world, "a writer is killed", () => writers[1]?.kill())
  const lines: string[] = []
  const reader = tasklet(function* () {
    for (let line = yield* right.readLine({ maxBytes: 80_000 }); line !== undefined; line = yield* right.readLine({ maxBytes: 80_000 })) lines.push(line)
  })
  for (const writer of writers) {
    try {
      yield* writer
    } catch (error) {
      if (!(error instanceof TaskletError && error.code === "killed")) throw error
    }
  }
  yield* left.close()
  yield* reader
  check("each is whole", lines.every((line) => line.length === 70_000 && line === line.slice(0, 1).repeat(70_000)))
  const names = lines.map((line) => line.slice(0, 1))
  check("nobody comes twice", new Set(names).size === names.length)
  check("who was told so has sent, and who was not killed", [...done, "a", "c"].every((name) => names.includes(name)))
  check("in the order in which they began", done.length < 3 || names.length === 3)
}

/** One side closes while both read and the other writes. */
function* closeAgainstRead({ check }: World): Routine {
  const [left, right] = pair({ highWaterBytes: 8 })
  const words = { left: "", right: "" }
  const heard: string[] = []
  yield* group(function* (members) {
    members.spawn(function* () {
      words.left = yield* wordOf(lineOf(left))
    })
    members.spawn(function* () {
      for (let line = yield* lineOf(right); ; line = yield* lineOf(right)) {
        heard.push(line)
        if (line === "end") return
      }
    })
    members.spawn(function* () {
      words.right = yield* wordOf(
        (function* () {
          yield* right.write("hello\n")
          return "written"
        })(),
      )
    })
    members.spawn(function* () {
      yield* left.write("good-bye, and thanks\n")
      yield* left.close()
    })
  })
  check("the peer reads all, then the end", heard.join() === "good-bye, and thanks,end")
  check("the own reader gets what came before the close, or is refused", words.left === "hello" || words.left === "connection_closed")
  check("the peer's write is taken or refused", words.right === "written" || words.right === "connection_closed")
  check("both are closed", left.isClosed && right.isClosed)
  const late = [yield* wordOf(lineOf(left)), yield* wordOf(lineOf(right))]
  check("who comes later is told", late.join() === "connection_closed,end")
}

/** Reads that are late in the same millisecond in which their line comes. */
function* lateReads({ check }: World): Routine {
  const [left, right] = pair()
  const words: string[] = []
  yield* group(function* (members) {
    for (let reader = 0; reader < 2; reader++) {
      members.spawn(function* () {
        words.push(
          yield* wordOf(
            (function* () {
              const first = yield* select({ line: right.readLine({ timeoutMs: 10 }), late: sleep(10) })
              return first.key === "line" ? (first.value ?? "end") : "late"
            })(),
          ),
        )
      })
    }
    for (const line of ["one\n", "two\n"]) {
      members.spawn(function* () {
        yield* sleep(10)
        yield* left.write(line)
      })
    }
  })
  yield* left.end()
  const heard = words.filter((word) => word !== "late")
  for (let line = yield* lineOf(right); line !== "end"; line = yield* lineOf(right)) heard.push(line)
  check("both lines are read once", heard.toSorted().join() === "one,two")
  check("each reader has a word", words.length === 2)
}

/** A reset at any moment, against a reader, a writer and a closer. */
function* brokenOff(world: World): Routine {
  const { check } = world
  const [left, right] = pair({ highWaterBytes: 4 })
  onceAnywhere(world, "the peer resets", () => void right.reset())
  const words: string[] = []
  yield* group(function* (members) {
    members.spawn(function* () {
      words.push(yield* wordOf(lineOf(left)))
    })
    members.spawn(function* () {
      words.push(
        yield* wordOf(
          (function* () {
            for (const line of ["one\n", "two\n", "three\n"]) yield* left.write(line)
            yield* left.flush()
            return "written"
          })(),
        ),
      )
    })
    members.spawn(function* () {
      yield* wordOf(
        (function* () {
          for (let line = yield* right.readLine(); line !== undefined; line = yield* right.readLine()) if (line === "three") break
          yield* right.write("thanks\n")
          return ""
        })(),
      )
      yield* right.close()
    })
  })
  yield* left.close()
  check("all have a word, and none hangs", words.length === 2 && words.every((word) => /^(thanks|end|written|connection_reset|connection_closed)$/.test(word)))
  check("both are closed", left.isClosed && right.isClosed)
}

export const connectionScenarios: readonly NamedScenario[] = [
  { name: "a reader is killed while data arrives", scenario: killedReader },
  { name: "a writer is killed in the middle of a write", scenario: killedWriter },
  { name: "a close meets reads and writes", scenario: closeAgainstRead },
  { name: "reads are late as their line comes", scenario: lateReads },
  { name: "a reset meets all", scenario: brokenOff },
]
