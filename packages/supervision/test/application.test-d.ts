/** What the compiler knows of applications: the configuration, what start gives, the tree. */
import type { Routine } from "@vivarium/core"
import type { System } from "@vivarium/actors"
import { type Application, application, type DynamicSupervisorRef, dynamicSupervisor, type ExitCode, type SupervisorRef, supervisor } from "@vivarium/supervision"
import { assertType, describe, expectTypeOf, it } from "vitest"
import { z } from "zod"

describe("application()", () => {
  it("knows what the schema makes of the configuration, and what start gives", () => {
    const app = application({
      name: "meadow",
      config: { schema: z.object({ BEES: z.coerce.number() }) },
      async start({ config, system }) {
        expectTypeOf(config).toEqualTypeOf<{ BEES: number }>()
        expectTypeOf(system).toEqualTypeOf<System>()
        return { url: "db" }
      },
      top(config, { opened }) {
        expectTypeOf(config.BEES).toEqualTypeOf<number>()
        expectTypeOf(opened).toEqualTypeOf<{ url: string }>()
        return supervisor()
      },
      phases: {
        warm({ opened, top }) {
          expectTypeOf(opened.url).toEqualTypeOf<string>()
          expectTypeOf(top).toEqualTypeOf<SupervisorRef>()
        },
      },
      stop({ config, opened }, reason) {
        expectTypeOf(config.BEES).toEqualTypeOf<number>()
        expectTypeOf(opened).toEqualTypeOf<{ url: string }>()
        expectTypeOf(reason.kind).toExtend<string>()
      },
    })
    expectTypeOf(app).toEqualTypeOf<Application>()
  })

  it("knows what a generator gives", () => {
    application({
      name: "meadow",
      *start(): Routine<number> {
        return 1
      },
      top: supervisor(),
      stop: ({ config, opened }) => {
        expectTypeOf(opened).toEqualTypeOf<number>()
        expectTypeOf(config).toEqualTypeOf<undefined>()
      },
    })
  })

  it("knows the kind of the tree, also of a function that makes it", () => {
    expectTypeOf(application({ name: "meadow", top: supervisor() })).toEqualTypeOf<Application>()
    expectTypeOf(application({ name: "meadow", top: dynamicSupervisor() }).top).toEqualTypeOf<DynamicSupervisorRef>()
    expectTypeOf(application({ name: "meadow", top: () => dynamicSupervisor() }).top).toEqualTypeOf<DynamicSupervisorRef>()
    expectTypeOf(application({ name: "meadow", top: async () => dynamicSupervisor() }).top).toEqualTypeOf<DynamicSupervisorRef>()
    async function use(app: Application<DynamicSupervisorRef>): Promise<void> {
      expectTypeOf(await app.start()).toEqualTypeOf<DynamicSupervisorRef>()
      expectTypeOf(await app.run()).toEqualTypeOf<ExitCode>()
      expectTypeOf((await app.stop()).code).toEqualTypeOf<0 | 1 | 2 | 3 | 4>()
    }
    assertType<unknown>(use)
  })

  it("refuses what is no option, and what is no tree", () => {
    // @ts-expect-error -- the name is missing
    application({ top: supervisor() })
    // @ts-expect-error -- there is no such option
    application({ name: "meadow", top: supervisor(), deadline: 1 })
    // @ts-expect-error -- a number is no tree
    application({ name: "meadow", top: () => 1 })
    // @ts-expect-error -- a phase is a function
    assertType(application({ name: "meadow", top: supervisor(), phases: { warm: 1 } }))
  })
})
