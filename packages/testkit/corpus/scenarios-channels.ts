/** Scenarios of channels and of choices between them: nothing is lost, nothing comes twice, nobody waits for ever. */
import { channel, ChannelClosedError, Event, type Routine, schedule, select, sleep, tasklet, timeout, TimeoutError } from "@vivarium/core"
import type { Scenario, World } from "../src/scenario.ts"
import { ended, killSometime } from "./killer.ts"

/** Whoever sends counts what was taken; a receiver is killed on the way. */
function* killedReceiver(world: World): Routine {
  const { check, scheduler } = world
  const nectar = channel<number>({ preference: "none" })
  let received = 0
  let sent = 0
  const bee = tasklet(function* () {
    for (;;) {
      yield* nectar.receive()
      received++
    }
  })
  tasklet(killSometime, world, bee, 3)
  const flower = tasklet(function* () {
    for (let drop = 0; drop < 3; drop++) {
      if (nectar.trySend(drop)) sent++
      yield* schedule()
    }
  })
  yield* flower
  bee.kill()
  check("what was sent was received, or counted as dropped", () => sent === received + scheduler.statistics().droppedValues)
}

/** Two receivers work while values last; whoever waits at the close is told. */
function* closing({ check }: World): Routine {
  const nectar = channel<number>()
  let handled = 0
  const bees = ["Maya", "Willy"].map((name) =>
    tasklet({ name }, function* () {
      yield* nectar.each(function* () {
        yield* schedule()
        handled++
        yield* schedule()
      })
    }),
  )
  yield* nectar.send(1)
  yield* nectar.send(2)
  nectar.close()
  yield* ended(bees)
  check("all was handled", handled === 2)
}

/** What was sent before the close is received after it. */
function* lastWords({ check }: World): Routine {
  const letters = channel<number>({ capacity: 2 })
  const read: number[] = []
  const reader = tasklet(function* () {
    for (;;) {
      const letter = yield* letters.receiveOrDone()
      if (letter.done) return
      read.push(letter.value)
    }
  })
  const writer = tasklet(function* () {
    for (let letter = 1; letter <= 3; letter++) {
      yield* letters.send(letter)
      yield* schedule()
    }
    letters.close()
  })
  yield* ended([reader, writer])
  check("all letters were read, in their order", read.join() === "1,2,3")
}

/** One of two sources closes; the other one still has something. */
function* closedSource({ check }: World): Routine {
  const roses = channel<string>({ name: "roses" })
  const lilies = channel<string>({ name: "lilies", capacity: 2 })
  const found: string[] = []
  const flower = tasklet(function* () {
    yield* lilies.send("first")
    yield* lilies.send("second")
  })
  const bee = tasklet(function* () {
    for (let visit = 0; visit < 2; visit++) {
      try {
        const { value } = yield* select({ rose: roses.receive(), lily: lilies.receive() })
        found.push(value)
      } catch (error) {
        if (!(error instanceof ChannelClosedError)) throw error
        found.push(yield* lilies.receive())
      }
    }
  })
  tasklet(function* () {
    roses.close()
  })
  yield* ended([flower, bee])
  check("both were found, in their order", found.join() === "first,second")
}

/** Both sides wait with a limit; each knows whether it came to an exchange. */
function* patience({ check, fault }: World): Routine {
  const nectar = channel<number>({ name: "nectar" })
  let given = 0
  let taken = 0
  const isLate = (error: unknown): void => {
    if (!(error instanceof TimeoutError)) throw error
  }
  const bee = tasklet(function* () {
    if (fault("the bee is late")) yield* sleep(6)
    for (let visit = 0; visit < 2; visit++) {
      try {
        yield* timeout(5, nectar.receive())
        taken++
      } catch (error) {
        isLate(error)
      }
    }
  })
  const flower = tasklet(function* () {
    if (fault("the flower is late")) yield* sleep(6)
    for (let drop = 0; drop < 2; drop++) {
      try {
        yield* timeout(5, nectar.send(drop))
        given++
      } catch (error) {
        isLate(error)
      }
    }
  })
  yield* ended([bee, flower])
  check("both have seen the same exchanges", given === taken)
  check("nobody waits at the channel", nectar.balance === 0)
}

/** Somebody waits for one of three things, and is killed. */
function* killedChoice(world: World): Routine {
  const { check } = world
  const nectar = channel<number>({ preference: "none" })
  const rain = new Event()
  let taken = 0
  const bee = tasklet(function* () {
    const { key } = yield* select({ drop: nectar.receive(), rain: rain.wait(), dusk: sleep(10) })
    if (key === "drop") taken++
  })
  yield* ended([tasklet(killSometime, world, bee, 3)])
  yield* ended([bee])
  check("nobody waits at the channel", nectar.balance === 0)
  check("nobody waits for rain", rain.statistics().waiting === 0)
  check("nothing was sent, so nothing was taken", taken === 0)
}

/** Two bees choose, again and again, between food and the end of the day. */
function* manyChoices({ check }: World): Routine {
  const nectar = channel<number>({ capacity: 8 })
  const taken: number[] = []
  const flower = tasklet(function* () {
    for (let drop = 0; drop < 6; drop += 2) {
      yield* nectar.send(drop)
      yield* nectar.send(drop + 1)
      yield* schedule()
    }
  })
  const bees = ["Maya", "Willy"].map((name) =>
    tasklet({ name }, function* () {
      for (let visit = 0; visit < 3; visit++) {
        const got = yield* select({ drop: nectar.receive(), dusk: sleep(100) })
        if (got.key === "drop") taken.push(got.value)
        yield* schedule()
      }
    }),
  )
  yield* ended([flower, ...bees])
  check("each drop was taken once", taken.sort((a, b) => a - b).join() === "0,1,2,3,4,5")
}

/** A wait with a signal is over; the signal comes later, while its owner waits for something else. */
function* staleSignal({ check, clock }: World): Routine {
  const nectar = channel<string>({ preference: "none" })
  const dusk = new AbortController()
  let outcome = ""
  const night = tasklet(function* () {
    dusk.abort(new Error("dusk"))
  })
  const bee = tasklet(function* () {
    try {
      outcome = yield* nectar.receive({ signal: dusk.signal })
    } catch {
      outcome = "dusk"
    }
    const begin = clock.now()
    yield* sleep(5)
    check("it has slept for as long as it wanted", clock.now() === begin + 5)
  })
  const flower = tasklet(function* () {
    nectar.trySend("drop")
  })
  yield* ended([night, bee, flower])
  check("it was one of the two", outcome === "drop" || outcome === "dusk")
}

export const channelScenarios: Readonly<Record<string, Scenario>> = { killedReceiver, closing, lastWords, closedSource, patience, killedChoice, manyChoices, staleSignal }
