/** A post box with a bell: the reader sleeps until it rings. Twice the same, but for the place where the reader looks again. */
import { type Channel, channel, type Routine, schedule, tasklet } from "@vivarium/core"
import type { Scenario } from "@vivarium/testkit"

/** What the reader and the writer share. */
export interface PostBox {
  readonly letters: string[]
  readonly bell: Channel<void>
  /** Where the reader notes what she does: writing it down takes a moment. */
  readonly diary: Channel<string>
}

/** Waits for a letter. */
export type Reader = (box: PostBox) => Routine<string>

/** Looks, writes "box is empty" into the diary, and then waits for the bell: which may have rung meanwhile. */
export function* sleepy({ bell, diary, letters }: PostBox): Routine<string> {
  if (letters.length === 0) {
    yield* diary.send("box is empty")
    yield* bell.receive()
  }
  return letters.shift() as string
}

/** Writes first; between looking and waiting nobody else can run. */
export function* wakeful({ bell, diary, letters }: PostBox): Routine<string> {
  yield* diary.send("looking")
  if (letters.length === 0) yield* bell.receive()
  return letters.shift() as string
}

/** A postman brings one letter, and rings only if somebody listens. */
export function morning(reader: Reader): Scenario {
  return function* ({ check }) {
    const box: PostBox = { letters: [], bell: channel<void>({ name: "bell" }), diary: channel<string>({ name: "diary" }) }
    const diarist = tasklet({ name: "diary" }, function* () {
      yield* box.diary.receive()
    })
    const alice = tasklet({ name: "Alice" }, reader, box)
    const postman = tasklet({ name: "postman" }, function* () {
      yield* diarist
      yield* schedule() // comes up the hill
      box.letters.push("dear Alice")
      box.bell.trySend()
    })
    check("the letter is read", (yield* alice) === "dear Alice")
    yield* postman
  }
}
