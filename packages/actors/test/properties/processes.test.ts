/** Random programs of spawns, links, monitors, signals and ends, against the model: the same survivors, reasons, messages, and order. */
import assert from "node:assert/strict"
import { type Channel, type Routine, Scheduler } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { after, Down, Exit, ExitReason, type Monitor, NameTakenError, NoProcessError, on, type Process, type Ref, System } from "@vivarium/actors"
import fc from "fast-check"
import { describe, it } from "vitest"
import { type Action, ProcessModel, type Word } from "./process-model.ts"

const stung = new Error("stung")
const REASONS: Readonly<Record<Word, ExitReason>> = {
  normal: ExitReason.normal,
  shutdown: ExitReason.shutdown,
  kill: ExitReason.kill,
  killed: ExitReason.killed,
  noproc: ExitReason.noproc,
  rain: ExitReason.custom("rain"),
  stung: ExitReason.error(stung),
}

function wordOf(reason: ExitReason): string {
  if (reason.kind === "custom") return String(reason.value)
  return reason.kind === "error" ? "stung" : reason.kind
}

const who = fc.nat(11)
const word = fc.constantFrom<Word>("normal", "shutdown", "kill", "kill", "killed", "rain", "stung")
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("spawn" as const), how: fc.constantFrom("plain", "link", "monitor"), traps: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("link" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unlink" as const), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("monitor" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("demonitor" as const), which: fc.nat(20), flush: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("exit" as const), who, reason: word }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("trap" as const), on: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), who, text: fc.nat(99) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("name", "whereis"), name: fc.constantFrom("queen", "hive") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("end", "crash") }) },
)
/** What happens before everybody runs: turns of some processes, and messages and signals from outside. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("turn" as const), who, actions: fc.array(action, { minLength: 1, maxLength: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("exit" as const), who, reason: word }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("send" as const), who, text: fc.nat(99) }) },
)
const program = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 15 })
type Program = typeof program extends fc.Arbitrary<infer P> ? P : never

/** Plays a program on the real thing; processes are told by number, as in the model. */
class Stage {
  readonly scheduler = new Scheduler({ clock: new VirtualClock(), limits: { slowSliceMs: Infinity } })
  readonly system = new System({ scheduler: this.scheduler, log: false, onUncaught: () => {} })
  readonly refs: Ref<unknown>[] = []
  readonly ended: string[] = []
  readonly outcomes: string[] = []
  private readonly commands: Channel<readonly Action[] | "drain">[] = []
  private readonly monitors: Monitor[] = []
  private readonly drained = new Map<number, string[]>()
  /** A word for the next one whose turn it is to be told. */
  readonly waiting = new Set<number>()

  constructor() {
    this.system.events.on("ended", ({ reason, ref }) => this.ended.push(`${ref.id} ${wordOf(reason)}`))
    for (const traps of [false, true, false]) this.add((body, options) => this.system.spawn(body, options), traps)
  }

  private add(spawn: (body: (self: Process) => Routine, options: { trapExit: boolean }) => Ref<unknown>, trapExit: boolean): Ref<unknown> {
    const commands = this.scheduler.channel<readonly Action[] | "drain">({ capacity: 1 })
    this.commands.push(commands)
    const ref = spawn((self) => this.live(self, commands), { trapExit })
    this.refs.push(ref)
    return ref
  }

  private *live(self: Process, commands: Channel<readonly Action[] | "drain">): Routine {
    const { id } = self.self
    for (;;) {
      const command = yield* commands.receive()
      this.waiting.delete(id)
      if (command === "drain") {
        this.drained.set(id, yield* this.unread(self))
        continue
      }
      for (const one of command) {
        if (one.do === "end") return
        if (one.do === "crash") throw stung
        this.outcomes.push(`${id} ${one.do}: ${this.perform(self, one)}`)
      }
    }
  }

  private perform(self: Process, one: Action): string {
    switch (one.do) {
      case "spawn": {
        const ref = this.add((body, options) => {
          if (one.how === "plain") return self.spawn(body, options)
          if (one.how === "link") return self.spawnLink(body, options)
          const monitored = self.spawnMonitor(body, options)
          this.monitors.push(monitored.monitor)
          return monitored.ref
        }, one.traps)
        return `${ref.id}`
      }
      case "link":
        try {
          self.link(this.at(one.who))
          return "done"
        } catch (error) {
          assert(error instanceof NoProcessError)
          return "noproc"
        }
      case "unlink":
        self.unlink(this.at(one.who))
        return "done"
      case "monitor":
        this.monitors.push(self.monitor(this.at(one.who)))
        return "done"
      case "demonitor":
        if (this.monitors.length === 0) return "none"
        return `${self.demonitor(this.monitors[one.which % this.monitors.length] as Monitor, { flush: one.flush, info: true })}`
      case "exit":
        self.signalExit(this.at(one.who), REASONS[one.reason])
        return "done"
      case "trap":
        self.trapExit = one.on
        return "done"
      case "send":
        return `${this.at(one.who).send(`${one.text}`)}`
      case "name":
        try {
          self.register(one.name)
          return "done"
        } catch (error) {
          assert(error instanceof NameTakenError)
          return "taken"
        }
      case "whereis":
        return `${self.system.whereis(one.name)?.id}`
      default:
        throw new Error(`unreachable: ${one.do}`)
    }
  }

  at(number: number): Ref<unknown> {
    return this.refs[number % this.refs.length] as Ref<unknown>
  }

  turn(number: number, actions: readonly Action[]): void {
    const index = number % this.refs.length
    this.waiting.add(index + 1)
    this.commands[index]?.trySend(actions)
  }

  private *unread(self: Process): Routine<string[]> {
    const found: string[] = []
    for (;;) {
      const message = yield* self.receive(on((_message: unknown) => true, (one) => [one]), after(0, () => null))
      if (message === null) return found
      found.push(this.shown(message[0]))
    }
  }

  private shown(message: unknown): string {
    if (message instanceof Exit) return `exit of ${message.from?.id ?? "nobody"}: ${wordOf(message.reason)}`
    if (message instanceof Down) return `down ${this.monitors.indexOf(message.monitor)} of ${(message.from as Ref<unknown>).id}: ${wordOf(message.reason)}`
    return String(message)
  }

  /** All mailboxes of the living. */
  mailboxes(): Map<number, string[]> {
    for (const commands of this.commands) commands.trySend("drain")
    this.scheduler.run()
    return new Map([...this.drained].toSorted(([one], [other]) => one - other))
  }
}

function play(batches: Program): void {
  const real = new Stage()
  const model = new ProcessModel()
  for (const traps of [false, true, false]) model.spawn(traps)
  real.scheduler.run()
  model.settle()
  for (const batch of batches) {
    for (const one of batch) {
      const index = one.who % real.refs.length
      const process = model.at(index)
      if (one.kind === "send") {
        real.at(index).send(`${one.text}`)
        model.send(process, one.text)
      } else if (one.kind === "exit") {
        real.at(index).exit(REASONS[one.reason])
        model.signal(process, undefined, one.reason, false)
      } else if (process.lives && !real.waiting.has(index + 1)) {
        real.turn(index, one.actions)
        model.turn(process, one.actions)
      }
    }
    real.scheduler.run()
    model.settle()
    real.waiting.clear()
    assert.deepEqual(real.outcomes, model.outcomes)
    assert.deepEqual(real.ended, model.ended)
    assert.deepEqual(real.refs.map(({ alive }) => alive), model.processes.map(({ lives }) => lives))
    assert.deepEqual(real.system.names.toSorted(), [...model.names.keys()].toSorted())
    assert.equal(real.system.statistics().deadLetters, model.deadLetters)
  }
  const unread = model.processes.filter(({ lives }) => lives).map(({ id, mailbox }) => [id, mailbox.map(({ text }) => text)] as const)
  assert.deepEqual(real.mailboxes(), new Map(unread))
  for (const ref of real.refs) ref.exit(ExitReason.kill)
  real.scheduler.run()
  const { blocked, runnable, timers } = real.scheduler.statistics()
  assert.deepEqual([real.system.processes, blocked, runnable, timers], [[], 0, 0, 0])
}

describe("processes, links and monitors", () => {
  // Thousands of programs, each on a system of its own.
  it("do what the model does, in the same order, whatever program they run", { timeout: 60_000 }, () => {
    fc.assert(fc.property(program, play), { numRuns: 3000, seed: 1 })
  })
})
