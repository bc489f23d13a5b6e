/** Starting what a test needs under supervision, so that it is stopped with the test. */
import type { Ref, StarCheck, Startable, System, SystemOptions } from "@vivarium/actors"
import { isSystem } from "@vivarium/actors/lowlevel"
import { currentTasklet, InvalidArgumentError, MisuseError, type Operation, type Scheduler } from "@vivarium/core"
import { child, type ChildArguments, type ChildId, type ChildMap, type ChildOptions, ChildSpec, type StartedRef } from "@vivarium/supervision"
import { currentTest, readTest, type TestHandle } from "./test-runner.ts"
import { TestTrees, treesOf } from "./test-trees.ts"
import { worldOn } from "./explored.ts"

/** Whose it is. */
export interface OfTest {
  /** The context of the test, where its runner cannot tell which test calls: in concurrent tests. */
  readonly test?: TestHandle
}

/** Where it is started, and for which test. */
export interface SupervisedOptions extends OfTest {
  /** Default: the test's own, `testSystem()`. It is not stopped after the test, but what was started in it is. */
  readonly system?: System
}

/** The options behind what is started: those of `child()`, and where and for whom. They can be left out where all arguments can. */
export type SupervisedArguments<S> = ChildArguments<S> extends [options: infer O] ? [options: O & SupervisedOptions] : [options?: ChildOptions<S> & SupervisedOptions]

/**
 * Starts a class, a function, a child spec or a tree under a supervisor of the test, waits until its `init` is done, and gives its reference. After the test its children are stopped, the youngest
 * first; a crash then, a child that has to be killed, and whatever is left of processes, names, tasklets and timers fails the test. A child is restarted as its spec says. Elixir: `start_supervised!`.
 *
 * Which test it is, is known inside a scenario (of `explore`, `replay` or `simulate`), by `import "@vivarium/testkit/vitest"` or `"@vivarium/testkit/node-test"`, or by `{ test }`, the context that the
 * runner hands to the test. Raises StartError, and MisuseError with the code `no_test`.
 *
 * @example
 * ```ts
 * import { Actor } from "@vivarium/actors"
 * import { simulate, startSupervised } from "@vivarium/testkit"
 *
 * class Hive extends Actor {
 *   init(honey = 0) {
 *     this.sendAfter(1000, "count")
 *     return void honey
 *   }
 *   terminate() {
 *     console.log("stopped with the test")
 *   }
 * }
 * await simulate(function* () {
 *   const hive = yield* startSupervised(Hive, { args: [12], name: "hive" })
 *   console.log(String(hive))
 * })
 * // prints: Hive "hive" (#2)
 * // prints: stopped with the test
 * ```
 */
export function startSupervised<R>(spec: ChildSpec<R>, options?: SupervisedOptions): Operation<R>
export function startSupervised(map: ChildMap, options?: SupervisedOptions): Operation<Ref<unknown> | undefined>
export function startSupervised<S extends Startable>(what: S & StarCheck<S>, ...options: SupervisedArguments<S>): Operation<StartedRef<S>>
export function startSupervised(what: unknown, options: object = {}): Operation<unknown> {
  const { system, test, ...rest } = readOptions(options)
  if (system !== undefined && !isSystem(system)) throw new InvalidArgumentError("system", system, "a System", "right: startSupervised(Hive, { system })")
  const trees = treesFor("startSupervised()", test, system?.scheduler)
  return trees.start(toSpec(what, rest), system)
}

/**
 * Stops what `startSupervised()` has started, by its id or its reference, before the test ends, and waits for that; it is not restarted. Raises InvalidArgumentError if it is none of those.
 *
 * @example
 * ```ts
 * import { Actor } from "@vivarium/actors"
 * import { simulate, startSupervised, stopSupervised } from "@vivarium/testkit"
 *
 * class Hive extends Actor {}
 * await simulate(function* () {
 *   const hive = yield* startSupervised(Hive)
 *   yield* stopSupervised("Hive")
 *   console.log(hive.alive)
 * })
 * // prints: false
 * ```
 */
export function stopSupervised(idOrRef: ChildId | Ref<never> | Ref<unknown>, { test }: OfTest = {}): Operation<void> {
  return treesFor("stopSupervised()", test, undefined).stop(idOrRef as ChildId | Ref<unknown>)
}

/**
 * The system of the test that runs: made on first use, with the options that are given then, and stopped after the test. In a scenario it is the world's.
 *
 * @example
 * ```ts
 * import { simulate, testSystem } from "@vivarium/testkit"
 *
 * await simulate(function* ({ system }) {
 *   console.log(testSystem() === system)
 * })
 * // prints: true
 * ```
 */
export function testSystem(options: SystemOptions & OfTest = {}): System {
  const { test, ...rest } = options
  return treesFor("testSystem()", test, undefined).system(Object.keys(rest).length === 0 ? undefined : rest)
}

type Given = SupervisedOptions & Record<string, unknown>

function readOptions(options: unknown): Given {
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return options as Given
  throw new InvalidArgumentError("options", options, "an object", "right: startSupervised(Hive, { args: [12] })")
}

function toSpec(what: unknown, rest: object): ChildSpec<unknown> {
  if (!(what instanceof ChildSpec)) return child(what as ChildMap, ...((Object.keys(rest).length === 0 ? [] : [rest]) as []))
  const [option] = Object.keys(rest)
  if (option === undefined) return what
  throw new InvalidArgumentError(`options.${option}`, (rest as Record<string, unknown>)[option], "left out where a child spec is given: that says all", "right: startSupervised(child(Hive, { args: [12] }))")
}

function treesFor(what: string, test: TestHandle | undefined, scheduler: Scheduler | undefined): TestTrees {
  if (test !== undefined) return treesOf(readTest(test))
  const here = scheduler ?? currentTasklet()?.scheduler
  const world = here === undefined ? undefined : worldOn(here)
  if (world !== undefined) return (world.trees ??= new TestTrees(() => world.system))
  const running = currentTest()
  if (running !== undefined) return treesOf(running)
  throw new MisuseError(
    "no_test",
    `${what} was called where no test is known that runs, so nobody would stop what it starts.\n` +
      '  in vitest: import "@vivarium/testkit/vitest", in the test file or in one of the setupFiles\n' +
      '  in node:test: import "@vivarium/testkit/node-test"\n' +
      "  in both: hand over the context of the test: startSupervised(Hive, { test })\n" +
      "  in a scenario: call it in the scenario, or give it { system: world.system }",
  )
}
