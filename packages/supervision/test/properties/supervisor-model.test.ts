/** Random lives of supervisors, against the model: the same children in the same order and state, the same reports, answers and ends. */
import assert from "node:assert/strict"
import fc from "fast-check"
import { describe, it } from "vitest"
import { ModelWorld } from "./model-world.ts"
import { PlayedSupervisor } from "./played-supervisor.ts"
import { type Command, flagsOf, IDS, specOf, type Step, stepOf } from "./supervisor-commands.ts"
import { type ModelFlags, type ModelSpec, ModelSupervisor } from "./supervisor-model.ts"

type Strategy = ModelFlags["strategy"]

/** The model, as it is asked by commands. */
class ModelPlay {
  readonly world = new ModelWorld()
  readonly answers: (string | undefined)[] = []
  readonly top: ModelSupervisor

  constructor(flags: ModelFlags) {
    this.top = new ModelSupervisor(this.world, "top", flags)
    this.world.run()
  }

  private get inner(): ModelSupervisor | undefined {
    const child = this.top.alive ? this.top.children.find(({ spec }) => spec.id === "sup") : undefined
    return (child?.restarting === true ? undefined : (child?.process ?? undefined)) as ModelSupervisor | undefined
  }

  perform(command: Command, nested: boolean): void {
    const { top, world } = this
    const supervises = nested ? this.inner : top
    switch (command.do) {
      case "crash":
        return world.workers.get(command.id)?.endItself(command.how)
      case "exit":
        return world.workers.get(command.id)?.endItself(command.reason)
      case "kill":
        return (command.id === "top" ? top : command.id === "sup" ? supervises : world.workers.get(command.id))?.end("killed")
      case "startChild":
        return this.ask(supervises, (asked) => asked.startChild(command.spec))
      case "advance":
        return world.advance(command.ms)
      case "plan":
        return void world.planned.set(command.id, Array.from({ length: command.times }, () => command.start))
      case "stop":
        return top.ask("normal")
      default:
        return this.ask(command.id === "sup" ? top : supervises, (asked) => asked[command.do](command.id))
    }
  }

  private ask(asked: ModelSupervisor | undefined, wish: (asked: ModelSupervisor) => Generator<() => boolean, string, undefined>): void {
    if (asked === undefined) return
    const index = this.answers.push(undefined) - 1
    asked.wish((word) => void (this.answers[index] = word), () => wish(asked))
  }

  get seen(): string {
    return this.top.alive ? this.top.seen : "gone"
  }
}

interface Play {
  readonly flags: number
  readonly specs: readonly number[]
  readonly commands: readonly number[]
}

// Small numbers are no likelier than others: each digit of a number is a choice.
const number = fc.noBias(fc.nat(0x7fffffff))
const arbitrary: fc.Arbitrary<Play> = fc.record({
  flags: number,
  specs: fc.array(number, { maxLength: 4, size: "max" }),
  commands: fc.array(number, { maxLength: 20, size: "max" }),
})

function setUp(strategy: Strategy, nested: boolean, { commands, flags, specs }: Play): { readonly flags: ModelFlags; readonly steps: readonly Step[] } {
  const inner = flagsOf(strategy, flags, (autoShutdown) => specs.map((spec, index) => specOf(IDS[index] as string, spec, autoShutdown)))
  const steps = commands.map((one) => stepOf(one, inner.autoShutdown))
  if (!nested) return { flags: inner, steps }
  const strategies: readonly Strategy[] = ["one_for_one", "one_for_all", "rest_for_one"]
  const above = flagsOf(strategies[flags % 3] as Strategy, flags >> 5, (autoShutdown) => {
    const beside: ModelSpec = { id: "z", restart: "permanent", significant: false, shutdownMs: 50, takesMs: 0, backoff: undefined }
    return [specOf("sup", flags >> 10, autoShutdown, inner), beside]
  })
  return { flags: above, steps }
}

function play(strategy: Strategy, nested: boolean, drawn: Play): void {
  const { flags, steps } = setUp(strategy, nested, drawn)
  const real = new PlayedSupervisor(flags)
  const model = new ModelPlay(flags)
  const done: Step[] = []
  try {
    settle(real, model)
    for (const step of steps) {
      if (!model.top.alive) break
      // What does not come as a message to the one supervisor that is busy comes when nobody is: the turns of several are not modelled.
      const alone = step.do === "kill" || step.do === "advance" || (nested && (step.do === "stop" || ("id" in step && step.id === "sup")))
      if (alone) settle(real, model)
      done.push(step)
      real.perform(step, nested)
      model.perform(step, nested)
      if (alone || step.thenRun) settle(real, model)
    }
    settle(real, model)
    const last: Command = drawn.flags % 2 === 0 ? { do: "stop" } : { do: "kill", id: "top" }
    done.push({ ...last, thenRun: true })
    for (const side of [real, model]) {
      if (model.top.alive) side.perform(last, nested)
      side.perform({ do: "advance", ms: 10_000 }, nested)
    }
    settle(real, model)
    real.assertGone()
  } catch (error) {
    const shown = [JSON.stringify(flags, (_key, value: unknown) => (value === Infinity ? "Infinity" : value), 1).replaceAll(/\n +/g, " "), ...done.map((step) => JSON.stringify(step))]
    throw new Error(`${(error as Error).message}\n\nafter\n${shown.join("\n")}`, { cause: error })
  }
}

/** Everybody runs who can, and then both must look the same. */
function settle(real: PlayedSupervisor, model: ModelPlay): void {
  real.scheduler.run()
  model.world.run()
  assert.deepEqual(real.uncaught, [])
  for (const supervisor of ["top", "sup"]) assertSame(`what happens below ${supervisor}`, real.told.get(supervisor) ?? [], model.world.told.get(supervisor) ?? [])
  assertSame("what is answered", real.answers, model.answers)
  assertSame("what is seen", [real.seen], [model.seen])
}

/** The first difference, with what came before. */
function assertSame(what: string, real: readonly (string | undefined)[], model: readonly (string | undefined)[]): void {
  const length = Math.max(real.length, model.length)
  for (let index = 0; index < length; index++) {
    if (real[index] === model[index]) continue
    const before = real.slice(Math.max(0, index - 5), index).map((line) => `  ${line}`)
    throw new Error([`${what} differs:`, ...before, `- model: ${model[index]}`, `+ real:  ${real[index]}`].join("\n"))
  }
}

describe.each(["one_for_one", "one_for_all", "rest_for_one"] as const)("a supervisor, %s", (strategy) => {
  // 108,000 lives in all, each in a system of its own: that takes some seconds.
  it.each([
    ["alone", 1],
    ["alone", 2],
    ["under a parent", 3],
    ["under a parent", 4],
  ] as const)("does what the model does, %s, seed %i", { timeout: 120_000 }, (where, seed) => {
    fc.assert(
      fc.property(arbitrary, (drawn) => play(strategy, where === "under a parent", drawn)),
      { numRuns: 9_000, seed },
    )
  })
})
