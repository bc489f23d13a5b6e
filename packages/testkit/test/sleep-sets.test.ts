/** Exhaustive exploration with sleep sets: fewer schedules, and not one outcome less. */
import { Barrier, Channel, Deferred, Event, Mutex, type Routine, schedule, select, Semaphore, sleep, type Tasklet, tasklet, timeout } from "@vivarium/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { explore, type ExploreOptions, type Scenario, type World } from "../src/index.ts"

interface Step {
  readonly what: (typeof STEPS)[number]
  /** On which of the objects of its kind. */
  readonly on: number
}

const STEPS = [
  "send", "receive", "trySend", "tryReceive", "close", "select", "timeout", "acquire", "release", "lock", "set", "wait", "resolve", "await", "meet",
  "read", "write", "schedule", "sleep", "kill", "join", "spawn", "alive", "draw", "choose", "count",
] as const

type Program = readonly (readonly Step[])[]

const step: fc.Arbitrary<Step> = fc.record({ what: fc.constantFrom(...STEPS), on: fc.nat(1) })
const program: fc.Arbitrary<Program> = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 4 })

/** Makes a scenario of a program; tells how each run has ended. */
function scenarioOf(steps: Program, tell: (outcome: string) => void, named: boolean): Scenario {
  return function* ({ fault, random, touch: touchOne, scheduler }: World) {
    const touch = (key: unknown): void => {
      if (named) touchOne(key)
    }
    const channels = [new Channel<string>(), new Channel<string>({ capacity: 1 })]
    const semaphores = [new Semaphore(1), new Semaphore(1)]
    const mutexes = [new Mutex(), new Mutex()]
    const events = [new Event(), new Event()]
    const deferreds = [new Deferred<string>(), new Deferred<string>()]
    const barriers = [new Barrier(2), new Barrier(2)]
    const variables = ["", ""]
    const all: Tasklet[] = []
    const logs: string[][] = []
    function* body(own: readonly Step[], me: number): Routine {
      const log = (logs[me] ??= [])
      for (const { on, what } of own) {
        const channel = channels[on] as Channel<string>
        const mutex = mutexes[on] as Mutex
        const other = all[(me + 1 + on) % steps.length] as Tasklet
        switch (what) {
          case "send": yield* channel.send(`${me}`); break
          case "receive": log.push(yield* channel.receive()); break
          case "trySend": log.push(String(channel.trySend(`t${me}`))); break
          case "tryReceive": log.push(channel.tryReceive()?.value ?? "none"); break
          case "close": channel.close(); break
          case "select": {
            const cases = on === 0 ? { a: (channels[0] as Channel<string>).receive(), b: (channels[1] as Channel<string>).send(`s${me}`) } : { a: (channels[0] as Channel<string>).receive(), e: (barriers[0] as Barrier).wait() }
            log.push((yield* select(cases)).case)
            break
          }
          case "timeout": log.push(yield* timeout(2, channel.receive(), { onTimeout: "late" } as never)); break
          case "acquire": yield* (semaphores[on] as Semaphore).acquire(); log.push("acquired"); break
          case "release": if ((semaphores[on] as Semaphore).statistics().available === 0) (semaphores[on] as Semaphore).release(); break
          case "lock": yield* mutex.with(function* () { log.push("locked"); yield* schedule() }); break
          case "set": (events[on] as Event).set(); break
          case "wait": yield* (events[on] as Event).wait(); log.push("set"); break
          case "resolve": log.push(String((deferreds[on] as Deferred<string>).resolve(`${me}`))); break
          case "await": log.push(yield* (deferreds[on] as Deferred<string>).wait()); break
          case "meet": log.push(String(yield* (barriers[on] as Barrier).wait())); break
          case "read": touch(`variable ${on}`); log.push(variables[on] as string); break
          case "write": touch(`variable ${on}`); variables[on] += me; break
          case "schedule": yield* schedule(); break
          case "sleep": yield* sleep(1 + on); break
          case "kill": other.kill(); break
          case "join": if (other !== all[me]) { yield* other; log.push("joined") } break
          case "spawn": tasklet({ name: `child of ${me}` }, function* () { touch(`variable ${on}`); variables[on] += `c${me}`; }); break
          case "alive": log.push(String(other.alive)); break
          case "draw": log.push(String(random.integer(1000))); break
          case "choose": log.push(String(fault("f"))); break
          case "count": log.push(String(scheduler.statistics().blocked)); break
        }
      }
    }
    function* guarded(own: readonly Step[], me: number): Routine {
      try {
        yield* body(own, me)
      } catch (error) {
        ;(logs[me] ??= []).push((error as Error).name)
      }
    }
    steps.forEach((own, me) => all.push(tasklet(guarded, own, me)))
    yield* sleep(100)
    tell(JSON.stringify([logs, variables, all.map(({ alive, waitingFor }) => [alive, waitingFor]), channels.map(({ balance, length }) => [balance, length])]))
    for (const one of all) one.kill()
  }
}

async function outcomesOf(steps: Program, options: ExploreOptions, named: boolean): Promise<{ outcomes: string[]; schedules: number; exhausted: boolean; coverage: string | undefined }> {
  const outcomes = new Set<string>()
  const { coverage, exhausted, schedules } = await explore(scenarioOf(steps, (outcome) => outcomes.add(outcome), named), { strategy: "exhaustive", leaks: "allow", schedules: 3000, ...options })
  return { outcomes: [...outcomes].toSorted(), schedules, exhausted, coverage }
}

describe("sleep sets", () => {
  it("lose no outcome of any small program, and never run more", async () => {
    let less = 0
    await fc.assert(
      fc.asyncProperty(program, async (steps) => {
        const all = await outcomesOf(steps, {}, false)
        fc.pre(all.exhausted)
        const pruned = await outcomesOf(steps, {}, true)
        const declared = await outcomesOf(steps, { shared: false }, true)
        expect(declared.outcomes).toEqual(all.outcomes)
        expect(pruned.outcomes).toEqual(all.outcomes)
        expect(declared.schedules).toBeLessThanOrEqual(all.schedules)
        expect(pruned.schedules).toBeLessThanOrEqual(all.schedules)
        if (declared.schedules < all.schedules) less++
      }),
      { numRuns: Number(process.env.RUNS ?? 150), seed: Number(process.env.SEED ?? 5) },
    )
    expect(less).toBeGreaterThan(20)
  })
})
