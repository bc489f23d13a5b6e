/** State machines against a model of a few lines: putting off, inserting, changing, and time-outs of no time. */
import { eventTimeout, keep, type MachineEvent, next, nextEvent, postpone, repeat, StateMachine, stateTimeout, System, timeout, type Transition } from "@vivarium/actors"
import { Scheduler } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import fc from "fast-check"
import { expect, it } from "vitest"

const STATES = ["a", "b", "c"] as const
type State = (typeof STATES)[number]
type TimeoutKey = "state" | "event" | "n1" | "n2"

/** What an event does, in a state, when it is handled; after its last time it does nothing. */
interface Plan {
  readonly to: State | "keep" | "repeat"
  readonly postpones: boolean
  readonly inserts: number
  readonly timeouts: readonly TimeoutKey[]
}
interface Script {
  readonly plans: Readonly<Record<State, Plan>>
  readonly times: number
}

const plan: fc.Arbitrary<Plan> = fc.record({
  to: fc.constantFrom<Plan["to"]>("keep", "keep", "repeat", ...STATES),
  postpones: fc.boolean(),
  inserts: fc.nat(2),
  timeouts: fc.uniqueArray(fc.constantFrom<TimeoutKey>("state", "event", "n1", "n2"), { maxLength: 2 }),
})
const script: fc.Arbitrary<Script> = fc.record({ plans: fc.record({ a: plan, b: plan, c: plan }), times: fc.integer({ min: 1, max: 3 }) })

const NOTHING: Plan = { to: "keep", postpones: false, inserts: 0, timeouts: [] }

/** One event, which remembers how often it has been handled. */
class Token {
  readonly name: string
  readonly script: Script | null
  private times = 0
  private inserted = 0

  constructor(name: string, of: Script | null) {
    this.name = name
    this.script = of
  }

  handle(state: State): Plan {
    if (this.script === null || this.times++ >= this.script.times) return NOTHING
    return this.script.plans[state]
  }

  insert(): Token {
    return new Token(`${this.name}.${++this.inserted}`, null)
  }
}

/** The rules, as plainly as they can be put. */
function model(scripts: readonly Script[], enterCalls: boolean): string[] {
  const log: string[] = []
  const mailbox = scripts.map((one, index) => new Token(`e${index}`, one))
  let state: State = "a"
  let queue: Token[] = []
  let postponed: Token[] = []
  let zero: TimeoutKey[] = []
  const drop = (key: TimeoutKey): void => {
    zero = zero.filter((one) => one !== key)
  }
  if (enterCalls) log.push("enter a a")
  for (;;) {
    let token = queue.shift()
    if (token === undefined && zero.length > 0) token = new Token(zero.shift() as string, null)
    token ??= mailbox.shift()
    if (token === undefined) return log
    drop("event")
    log.push(`${token.name} in ${state}`)
    const { inserts, postpones, timeouts, to } = token.handle(state)
    const from: State = state
    if (to !== "keep" && to !== "repeat") state = to
    const again = state !== from || to === "repeat"
    if (again && enterCalls) log.push(`enter ${from} ${state}`)
    if (postpones) postponed.push(token)
    if (state !== from) drop("state")
    if (state !== from) {
      queue = [...postponed, ...queue]
      postponed = []
    }
    const one = token
    queue = [...Array.from({ length: inserts }, () => one.insert()), ...queue]
    for (const key of timeouts) {
      drop(key)
      zero.push(key)
    }
  }
}

interface Calls {
  play(token: Token): void
}

function machineOf(log: string[], enterCallsOn: boolean) {
  return class Player extends StateMachine<State, undefined, Calls> {
    static readonly enterCalls = enterCallsOn
    init() {
      return next("a")
    }
    handle(event: MachineEvent<State, Calls>, state: State): Transition<State> {
      if (event.type === "enter") {
        log.push(`enter ${event.from} ${state}`)
        return keep()
      }
      if (event.type === "cast") return this.play(event.args[0], state)
      const name = event.type === "stateTimeout" ? "state" : event.type === "eventTimeout" ? "event" : event.type === "timeout" ? String(event.name) : "nothing else"
      log.push(`${name} in ${state}`)
      return keep()
    }
    private play(token: Token, state: State): Transition<State> {
      log.push(`${token.name} in ${state}`)
      const { inserts, postpones, timeouts, to } = token.handle(state)
      const actions = [
        ...timeouts.map((key) => (key === "state" ? stateTimeout(0) : key === "event" ? eventTimeout(0) : timeout(key, 0))),
        ...(postpones ? [postpone()] : []),
        ...Array.from({ length: inserts }, () => nextEvent({ type: "cast", name: "play", args: [token.insert()] })),
      ]
      if (to === "keep") return keep(undefined, actions)
      return to === "repeat" ? repeat(undefined, actions) : next(to, undefined, actions)
    }
  }
}

it("a machine does what the model does, whatever is put off, inserted, changed and timed", () => {
  fc.assert(
    fc.property(fc.array(script, { maxLength: 12 }), fc.boolean(), fc.nat(12), (scripts, enterCalls, pause) => {
      const log: string[] = []
      const scheduler = new Scheduler({ clock: new VirtualClock() })
      const system = new System({ scheduler, log: false, messageBudget: 3 })
      const player = system.spawn(machineOf(log, enterCalls))
      for (const [index, one] of scripts.entries()) {
        // A part comes while the machine is at work, a part when it has come to rest.
        if (index === pause) scheduler.run()
        player.cast.play(new Token(`e${index}`, one))
      }
      scheduler.run()
      expect(log).toEqual(model(scripts, enterCalls))
      scheduler.tasklet(() => system.stop())
      scheduler.run()
      expect(system.processes).toEqual([])
    }),
    { numRuns: 500 },
  )
})
