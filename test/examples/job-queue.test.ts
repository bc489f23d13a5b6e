// The program is really run, in a process of its own: that is why its test is slow.
import { CallError, ExitReason, named, type Ref } from "@vivarium/actors"
import { Random, type Routine, sleep } from "@vivarium/core"
import { AnySupervisorRef, type SupervisorRef } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { jobQueue } from "../../examples/job-queue/job-queue.ts"
import { type Entry, type Job, Ledger } from "../../examples/job-queue/ledger.ts"
import { Queue, submit } from "../../examples/job-queue/queue.ts"
import { endingOf, runExample } from "./story.ts"
import { inVirtualWorld, type VirtualWorld } from "./virtual-world.ts"

it("the job queue prints what its README shows", { timeout: 60_000 }, async () => {
  expect(await runExample("job-queue")).toEqual(endingOf("job-queue"))
})

interface Scene extends VirtualWorld {
  readonly top: SupervisorRef
  readonly queue: Ref<Queue>
  readonly ledger: Ref<Ledger>
  readonly news: string[]
  /** Adds jobs whose amounts are 1, 2, …; their names are given. */
  readonly add: (...ids: readonly string[]) => Routine
  /** Waits until no job is left; gives all. */
  readonly settle: () => Routine<readonly Entry[]>
}

type Work = (job: Job, attempt: number) => Routine<number>

/** The jobs of one name are never in work twice at the same time: that is looked at in every scene. */
function inScene(work: Work, play: (scene: Scene) => Routine): Promise<void> {
  return inVirtualWorld(function* (world) {
    const news: string[] = []
    const inWork = new Set<string>()
    const attempts = new Map<string, number>()
    function* watched(job: Job): Routine<number> {
      expect(inWork).not.toContain(job.id)
      inWork.add(job.id)
      attempts.set(job.id, (attempts.get(job.id) ?? 0) + 1)
      try {
        return yield* work(job, attempts.get(job.id) as number)
      } finally {
        inWork.delete(job.id)
      }
    }
    const top = yield* world.system.start(jobQueue({ workers: 3, attempts: 3, restMs: 50, work: watched, tell: (text) => news.push(text) }))
    const queue = named(Queue, "queue", { system: world.system })
    const ledger = named(Ledger, "ledger", { system: world.system })
    let amount = 0
    function* add(...ids: readonly string[]): Routine {
      for (const id of ids) yield* submit(queue, { id, amount: ++amount })
    }
    function* settle(): Routine<readonly Entry[]> {
      for (;;) {
        const entries = yield* ledger.call.entries()
        if (entries.every(({ state }) => state === "done" || state === "dead")) return entries
        yield* sleep(1)
      }
    }
    yield* play({ ...world, top, queue, ledger, news, add, settle })
  })
}

function* easy({ amount }: Job): Routine<number> {
  yield* sleep(10)
  return amount
}

const stung = ExitReason.error(new Error("stung"))

describe("the job queue", () => {
  it("does all jobs, as many at a time as there are workers", () =>
    inScene(easy, function* ({ add, now, settle }) {
      yield* add("one", "two", "three", "four", "five", "six", "seven")
      const entries = yield* settle()
      expect(entries.map(({ attempts, result, state }) => `${state} ${attempts} ${result}`)).toEqual([1, 2, 3, 4, 5, 6, 7].map((result) => `done 1 ${result}`))
      expect(Math.floor(now() / 10)).toBe(3)
    }))

  it("tries a job again that has failed, later and later, and then no more", () =>
    inScene(
      function* ({ amount, id }, attempt) {
        if (id === "bad" || attempt < 3) throw new Error(`${id} ${attempt}`)
        return yield* easy({ amount, id })
      },
      function* ({ add, news, settle }) {
        yield* add("shy", "bad")
        const [shy, bad] = yield* settle()
        expect(shy).toMatchObject({ state: "done", attempts: 3, result: 1, failures: ["Error: shy 1", "Error: shy 2"] })
        expect(bad).toMatchObject({ state: "dead", attempts: 3, failures: ["Error: bad 1", "Error: bad 2", "Error: bad 3"] })
        expect(news.filter((text) => text.startsWith("bad"))).toEqual([
          "bad: attempt 1 has failed; it rests for 50 ms",
          "bad: attempt 2 has failed; it rests for 100 ms",
          "bad: begun 3 times, now a dead letter",
        ])
      },
    ))

  it("goes on with the good jobs however many are bad, and uses up no restarts", () =>
    inScene(
      function* (job) {
        if (job.id.startsWith("bad")) throw new Error("no")
        return yield* easy(job)
      },
      function* ({ add, settle, top }) {
        yield* add(...Array.from({ length: 40 }, (_, number) => `${number % 2 === 0 ? "bad" : "good"} ${number}`))
        const entries = yield* settle()
        expect(Object.entries(Object.groupBy(entries, ({ state }) => state)).map(([state, those]) => [state, those?.length])).toEqual([["dead", 20], ["done", 20]])
        expect(top.tree()).toMatchObject({ restarts: 0, children: [{}, {}, { id: "workers", restarts: 0 }] })
      },
    ))

  it("begins anew what was in work when the queue crashed, and knows of the rest", () =>
    inScene(easy, function* ({ add, ledger, news, queue, settle }) {
      yield* add("one", "two", "three", "four", "five")
      yield* sleep(5)
      queue.exit(stung)
      yield* sleep(1)
      expect(news).toEqual(["the queue is back: 5 jobs are left, 3 were in work and are begun anew"])
      expect((yield* ledger.call.entries()).map(({ attempts, cutShort }) => [attempts, cutShort])).toEqual([[2, 1], [2, 1], [2, 1], [0, 0], [0, 0]])
      expect((yield* settle()).map(({ state }) => state)).toEqual(["done", "done", "done", "done", "done"])
    }))

  it("buries a job that takes the queue down whenever it is begun", () =>
    inScene(
      function* (job) {
        if (job.id === "bomb") named(Queue, "queue").exit(stung)
        return yield* easy(job)
      },
      function* ({ add, settle, top }) {
        yield* add("one")
        yield* sleep(20)
        yield* add("bomb", "two")
        const entries = yield* settle()
        expect(entries.map(({ job, state }) => `${job.id} ${state}`)).toEqual(["one done", "bomb dead", "two done"])
        expect(entries[1]).toMatchObject({ attempts: 3, cutShort: 3, failures: [] })
        expect(top.alive).toBe(true)
      },
    ))

  it("takes a job that is added twice once", () =>
    inScene(easy, function* ({ add, ledger }) {
      yield* add("one", "one")
      expect(yield* ledger.call.entries()).toHaveLength(1)
    }))

  it("lets only processes take jobs", () =>
    inScene(easy, function* ({ queue, top }) {
      let failure: unknown
      try {
        yield* queue.call.take()
      } catch (error) {
        failure = error
      }
      expect(failure).toBeInstanceOf(CallError)
      expect(top.alive).toBe(true)
    }))

  it.for(Array.from({ length: 20 }, (_, seed) => seed))("loses no job, whoever crashes when: seed %s", (seed) => {
    const chance = new Random(seed)
    return inScene(
      function* (job) {
        yield* sleep(chance.integer(40))
        if (chance.integer(3) === 0) throw new Error("out of luck")
        return yield* easy(job)
      },
      function* ({ add, queue, settle, top }) {
        const ids = Array.from({ length: 30 }, (_, number) => `job ${number}`)
        for (const id of ids) {
          yield* add(id)
          yield* sleep(chance.integer(20))
          const workers = top.child("workers")
          if (id.endsWith("5") && workers instanceof AnySupervisorRef) for (const { ref } of workers.whichChildren().slice(0, chance.integer(4))) ref?.exit(ExitReason.kill)
          if (id === "job 11" || id === "job 22") queue.exit(stung)
        }
        const entries = yield* settle()
        expect(entries.map(({ job }) => job.id)).toEqual(ids)
        const done = entries.filter(({ state }) => state === "done")
        expect(done.map(({ result }) => result)).toEqual(done.map(({ job }) => job.amount))
        expect(entries.map(({ attempts }) => attempts)).toEqual(entries.map(({ cutShort, failures, state }) => cutShort + failures.length + (state === "done" ? 1 : 0)))
        expect(done.length).toBeGreaterThan(20)
      },
    )
  })
})
