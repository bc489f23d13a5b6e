import {
  action, all, Barrier, call, channel, Channel, currentTasklet, group, InvalidArgumentError, Local, main, Pool, race, Random, run, Scheduler, select, Semaphore, sleep, tasklet, Tasklet, taskletOf, timeout, trySelect, until,
} from "@vivarium/core"
import { HostClock, VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

/** Whatever is passed, the compiler says nothing. */
const wrong = (value: unknown): never => value as never
const notAFunction: readonly [string, unknown][] = [["undefined", undefined], ["null", null], ["a number", 5], ["a string", "text"], ["an object", {}], ["a symbol", Symbol("s")]]
const notADuration: readonly [string, unknown][] = [["NaN", NaN], ["negative", -1], ["-Infinity", -Infinity], ["a string", "5"], ["undefined", undefined], ["null", null], ["a bigint", 5n], ["an object", {}]]
const notACount: readonly [string, unknown][] = [...notADuration, ["Infinity", Infinity], ["a fraction", 1.5]]
function* forage() {
  yield* sleep(1)
}

function refusal(argument: string, text: RegExp): Error {
  return expect.objectContaining({ name: "InvalidArgumentError", code: "invalid_argument", argument, message: expect.stringMatching(text) as string }) as Error
}

describe("a body", () => {
  const scheduler = new Scheduler()
  const takers: readonly [string, (body: never) => unknown][] = [
    ["tasklet", (body) => tasklet({}, body)],
    ["scheduler.tasklet", (body) => scheduler.tasklet({}, body)],
    ["call", (body) => call(body)],
    ["group", (body) => group(body)],
    ["channel.each", (body) => channel().each(body)],
    ["Semaphore.with", (body) => new Semaphore(1).with(body)],
    ["Pool.with", (body) => new Pool([1]).with(body)],
    ["Local.with", (body) => new Local(1).with(2, body)],
    ["new Tasklet", (body) => new Tasklet(body ?? wrong(5))],
    ["Tasklet.bind", (body) => new Tasklet().bind(body ?? wrong(5))],
  ]

  it.each(takers)("of %s that is no function is refused, and shows the right line", (_name, take) => {
    for (const [, value] of notAFunction) expect(() => take(wrong(value))).toThrow(refusal("body", /body must be a function, best a generator function, got .*right: tasklet\(function\* \(\)/))
  })

  it.each(takers)("of %s that is a generator instance or an operation is told apart, with the cure", (_name, take) => {
    for (const value of [forage(), sleep(1)]) {
      expect(() => take(wrong(value))).toThrow(refusal("body", /not the function that makes it.*wrong: tasklet\(forage\(bee\)\).*right: tasklet\(forage, bee\)/s))
    }
  })

  it("as the first argument is refused the same way, and nothing is created", async () => {
    const { created } = scheduler.statistics()
    for (const value of [undefined, null, 5, "text", forage(), sleep(1), Promise.resolve(), scheduler.channel().receive()]) {
      expect(() => tasklet(wrong(value))).toThrow(refusal("body", /must be a function/))
      expect(() => scheduler.tasklet(wrong(value))).toThrow(InvalidArgumentError)
      expect(() => void scheduler.main(wrong(value))).toThrow(InvalidArgumentError)
      expect(() => void main(wrong(value))).toThrow(InvalidArgumentError)
    }
    expect(scheduler.statistics().created).toBe(created)
    expect(currentTasklet()).toBeUndefined()
  })
})

describe("a time", () => {
  const scheduler = new Scheduler({ clock: new VirtualClock() })
  const takers: readonly [string, string, (ms: never) => unknown][] = [
    ["sleep", "ms", (ms) => sleep(ms)],
    ["scheduler.sleep", "ms", (ms) => scheduler.sleep(ms)],
    ["timeout", "ms", (ms) => timeout(ms, sleep(1))],
    ["VirtualClock.advance", "ms", (ms) => new VirtualClock().advance(ms)],
    ["limits.budgetMs", "limits.budgetMs", (budgetMs) => new Scheduler({ limits: { budgetMs } })],
    ["limits.slowSliceMs", "limits.slowSliceMs", (slowSliceMs) => new Scheduler({ limits: { slowSliceMs } })],
  ]
  it.each(takers)("of %s that is not finite, 0 or more, is refused", (_name, argument, take) => {
    for (const [, value] of notADuration.filter((one) => one[1] !== undefined || !argument.startsWith("limits"))) {
      expect(() => take(wrong(value))).toThrow(refusal(argument, /must be a finite number of milliseconds, 0 or more, got/))
    }
  })

  it("of Random.between is any finite number, the second no less than the first", () => {
    expect(() => new Random().between(wrong(Number.NaN), 1)).toThrow(refusal("from", /a finite number/))
    expect(() => new Random().between(2, 1)).toThrow(refusal("to", /a finite number, 2 or more, got 1/))
    expect(new Random().between(-2, -1)).toBeLessThan(-1)
  })

  it("of run() as well; Infinity is no limit there, and no time-out in timeout()", () => {
    for (const [, value] of notADuration.filter((one) => one[1] !== undefined)) expect(() => scheduler.run({ ms: wrong(value) })).toThrow(refusal("ms", /milliseconds/))
    for (const [, value] of notACount.filter((one) => one[1] !== undefined && one[1] !== Infinity)) expect(() => run({ switches: wrong(value) })).toThrow(refusal("switches", /an integer, 1 or more/))
    expect(() => run({ switches: 0 })).toThrow(refusal("switches", /got 0/))
    expect(() => scheduler.run({ ms: Infinity, switches: Infinity })).not.toThrow()
    expect(() => sleep(Infinity)).toThrow(refusal("ms", /got Infinity/))
    expect(() => timeout(Infinity, sleep(1))).not.toThrow()
    for (const value of [5, "text", null, true]) expect(() => run(wrong(value))).toThrow(refusal("limits", /an object with switches, ms, got.*right: run\(\{ switches: 100 \}\)/))
  })
})

describe("a count", () => {
  it.each<[string, string, (count: never) => unknown]>([
    ["new Semaphore", "permits", (count) => new Semaphore(count)],
    ["new Barrier", "parties", (count) => new Barrier(count)],
    ["Random.integer", "limit", (count) => new Random().integer(count)],
  ])("of %s that is no integer from 1 is refused", (_name, argument, take) => {
    for (const [, value] of [...notACount, ["zero", 0] as const]) expect(() => take(wrong(value))).toThrow(refusal(argument, /must be an integer, 1 or more, got/))
  })

  it("of a channel's capacity, of a switch trap and of a seed as well", () => {
    for (const [, value] of [...notACount, ["too large", 2 ** 32] as const].filter((one) => one[1] !== undefined)) {
      expect(() => channel({ capacity: wrong(value) })).toThrow(refusal("capacity", /an integer from 0 to 4294967295.*0 makes a rendezvous/))
    }
    const scheduler = new Scheduler()
    for (const [, value] of notACount) expect(() => (scheduler.switchTrap = wrong(value))).toThrow(refusal("switchTrap", /an integer, 0 or more/))
    expect(scheduler.switchTrap).toBe(0)
    for (const value of [NaN, Infinity, 1.5, "1", null, {}]) expect(() => new Random(wrong(value))).toThrow(refusal("seed", /an integer/))
  })
})

describe("an operation", () => {
  it.each<[string, string, (operation: never) => unknown]>([
    ["select", 'case "bee"', (bee) => select({ bee })],
    ["trySelect", 'case "bee"', (bee) => trySelect({ bee })],
    ["timeout", "operation", (operation) => timeout(5, operation)],
    ["timeout without a limit", "operation", (operation) => timeout(Infinity, operation)],
    ["race", 'case "0"', (operation) => race([operation])],
    ["all", "operations[0]", (operation) => all([operation])],
  ])("of %s that is none is refused, with the cure for what was meant", (_name, argument, take) => {
    for (const value of [5, "text", {}, () => {}]) expect(() => take(wrong(value))).toThrow(refusal(argument, /must be an operation or a tasklet, got .*right: channel\.receive\(\)/))
    expect(() => take(wrong(Promise.resolve()))).toThrow(refusal(argument, /right: until\(promise\)/))
    expect(() => take(wrong(forage()))).toThrow(refusal(argument, /right: call\(routine, …args\)/))
  })

  it("in a list or an object that is none is refused", () => {
    for (const value of [5, null, undefined, "text", new Set()]) {
      expect(() => race(wrong(value))).toThrow(refusal("operations", /an array of operations.*right: race\(\[a, b\]\)/))
      expect(() => all(wrong(value))).toThrow(refusal("operations", /an array of operations.*right: all\(\[a, b\]\)/))
    }
    for (const value of [5, null, undefined, "text"]) {
      expect(() => select(wrong(value))).toThrow(refusal("cases", /an object of operations.*right: select\(\{/))
      expect(() => trySelect(wrong(value))).toThrow(refusal("cases", /an object of operations/))
    }
    for (const value of [5, null, undefined, "text", {}]) {
      expect(() => until(wrong(value))).toThrow(refusal("source", /a promise or a function.*right: yield\* until\(fetch\(url\)\)/))
    }
    for (const [, value] of notAFunction) expect(() => action(wrong(value))).toThrow(refusal("executor", /a function \(resolve, reject\) => cleanup/))
  })

  it("of until and action whose callback gives something else is refused where it is performed", () => {
    const scheduler = new Scheduler()
    const errors: unknown[] = []
    scheduler.tasklet(function* () {
      for (const operation of [until(wrong(() => 5)), action(wrong(() => 5)), action(wrong(async () => {}))]) {
        try {
          yield* operation
        } catch (error) {
          errors.push(error)
        }
      }
    })
    scheduler.run()
    expect(errors).toEqual([
      refusal("the result of until()'s function", /a promise, got 5.*right: until\(\(signal\) => fetch/),
      refusal("the executor's result", /a clean-up function or nothing, got 5/),
      refusal("the executor's result", /got a Promise.*use until\(\)/),
    ])
    expect(scheduler.statistics().external).toBe(0)
  })
})

describe("options", () => {
  it("of a scheduler are checked one by one", () => {
    for (const value of [5, null, "text"]) expect(() => new Scheduler(wrong(value))).toThrow(refusal("options", /an object with clock, random, pick, .*right: new Scheduler\(\{ random: 42 \}\)/))
    for (const value of [{}, 5, null, { now: () => 0 }]) expect(() => new Scheduler({ clock: wrong(value) })).toThrow(refusal("clock", /now\(\) and setAlarm\(\).*@vivarium\/core\/lowlevel/))
    for (const value of ["1", {}, null, true]) expect(() => new Scheduler({ random: wrong(value) })).toThrow(refusal("random", /an integer seed or a Random/))
    expect(() => new Scheduler({ random: NaN })).toThrow(refusal("seed", /an integer, got NaN/))
    for (const name of ["pick", "onUncaught", "onReport"]) expect(() => new Scheduler({ [name]: 5 })).toThrow(refusal(name, /must be a function, got 5/))
    for (const value of [5, null, "text"]) expect(() => new Scheduler({ limits: wrong(value) })).toThrow(refusal("limits", /an object with budgetMs, slowSliceMs/))
    for (const value of [1, "yes", null]) expect(() => new Scheduler({ debug: wrong(value) })).toThrow(refusal("debug", /true or false/))
    expect(() => new Scheduler({ clock: new HostClock() })).not.toThrow()
  })

  it("of a channel", () => {
    for (const value of [5, null, "text"]) expect(() => channel(wrong(value))).toThrow(refusal("options", /an object with capacity, preference, name, got.*right: channel\(\{ capacity: 10 \}\)/))
    for (const value of [0, -1, "left", null]) expect(() => channel({ preference: wrong(value) })).toThrow(refusal("preference", /"receiver", "none" or "sender"/))
    for (const value of [5, null, {}]) expect(() => channel({ name: wrong(value) })).toThrow(refusal("name", /a string/))
    const flower = new Channel()
    expect(() => (flower.preference = wrong("left"))).toThrow(refusal("preference", /"receiver"/))
    for (const value of [1, "yes", null, undefined]) expect(() => (flower.scheduleAll = wrong(value))).toThrow(refusal("scheduleAll", /true or false/))
    expect([flower.preference, flower.scheduleAll]).toEqual(["receiver", false])
    for (const value of [5, null, undefined, {}]) expect(() => flower.sendAll(wrong(value))).toThrow(refusal("values", /an iterable.*For a single value use send\(\)/))
  })

  it("of a tasklet, of main and of kill", () => {
    const scheduler = new Scheduler()
    for (const value of [5, null, {}]) {
      expect(() => scheduler.tasklet({ name: wrong(value) }, () => {})).toThrow(refusal("name", /a string/))
      expect(() => void scheduler.main({ name: wrong(value) }, () => {})).toThrow(refusal("name", /a string/))
      expect(() => scheduler.tasklet({ context: wrong(value) }, () => {})).toThrow(refusal("context", /a function.*AsyncLocalStorage\.snapshot\(\)/))
    }
    for (const value of [1, "yes", null]) expect(() => void scheduler.main({ closedWorld: wrong(value) }, () => {})).toThrow(refusal("closedWorld", /true or false/))
    const bee = scheduler.tasklet(() => {})
    for (const value of [1, "yes", null]) {
      expect(() => bee.kill({ pending: wrong(value) })).toThrow(refusal("pending", /true or false/))
      expect(() => bee.throw(new Error("no"), { pending: wrong(value) })).toThrow(refusal("pending", /true or false/))
      expect(() => (bee.blockTrap = wrong(value))).toThrow(refusal("blockTrap", /true or false/))
    }
    expect([bee.alive, bee.blockTrap]).toEqual([true, false])
    for (const value of [5, "text", {}]) expect(() => new Tasklet().bind(() => {}, wrong(value))).toThrow(refusal("args", /an array/))
  })

  it("of select, and a signal anywhere", () => {
    for (const value of [1, "yes", null]) {
      expect(() => select({}, { priority: wrong(value) })).toThrow(refusal("priority", /true or false/))
      expect(() => trySelect({}, { priority: wrong(value) })).toThrow(refusal("priority", /true or false/))
    }
    const waits: ((options: never) => unknown)[] = [
      (options) => channel().receive(options),
      (options) => channel().receiveOrDone(options),
      (options) => channel<number>().send(1, options),
      (options) => sleep(1, options),
      (options) => new Semaphore(1).acquire(options),
    ]
    for (const wait of waits) {
      for (const value of [5, null, "text"]) expect(() => wait(wrong(value))).toThrow(refusal("options", /an object with signal, got.*right: channel\.receive\(\{ signal \}\)/))
      for (const value of [5, null, {}, new AbortController()]) expect(() => wait(wrong({ signal: value }))).toThrow(refusal("signal", /an AbortSignal.*right: \{ signal: controller\.signal \}/))
      expect(() => wait(wrong({}))).not.toThrow()
    }
  })

  it("that are not known are refused by name, with those that are", () => {
    const takers: readonly [string, (options: never) => unknown][] = [
      ["limits", (options) => run(options)],
      ["options", (options) => channel(options)],
      ["options", (options) => new Scheduler(options)],
      ["options", (options) => tasklet(options, () => {})],
      ["limits", (limits) => new Scheduler({ limits })],
      ["options", (options) => select({}, options)],
      ["options", (options) => sleep(1, options)],
      ["options", (options) => tasklet(() => {}).kill(options)],
    ]
    for (const [name, take] of takers) expect(() => take(wrong({ flwer: 1 }))).toThrow(refusal(`${name}.flwer`, /must be left out: the options are \w+.*right: /))
  })

  it("of instrument, of a pool, and of what takes anything", () => {
    const scheduler = new Scheduler()
    for (const value of [5, null, undefined, "text"]) expect(() => scheduler.instrument(wrong(value))).toThrow(refusal("hooks", /right: instrument\(\{ switched/))
    expect(() => scheduler.instrument({ woken: wrong(5) })).toThrow(refusal("hooks.woken", /a function/))
    for (const value of [5, null, undefined, {}]) expect(() => new Pool(wrong(value))).toThrow(refusal("resources", /an iterable of resources.*right: new Pool\(\[/))
    for (const value of [[], [1, 1]]) expect(() => new Pool(value)).toThrow(refusal("resources", /one or more distinct resources/))
    for (const value of [undefined, null, 5, "text", {}]) expect(taskletOf(value)).toBeUndefined()
  })
})

describe("an error text", () => {
  it("never prints a payload whole", () => {
    const long = "x".repeat(1000)
    let text = ""
    try {
      void sleep(wrong(long))
    } catch (error) {
      text = (error as Error).message
    }
    expect(text.length).toBeLessThan(200)
    expect(() => sleep(wrong(Array.from({ length: 99 })))).toThrow(/got an array of 99\./)
  })
})
