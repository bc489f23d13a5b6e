import { schedule, tasklet } from "@vivarium/core"
import { pair, pipe } from "@vivarium/net"
import { PassThrough, Readable, Writable } from "node:stream"
import { describe, expect, it } from "vitest"
import { cameAbout, someTurns } from "./fixtures/came-about.ts"
import { basins, springs } from "./fixtures/flows.ts"
import { inWorld } from "./fixtures/http-world.ts"
import { raised } from "./fixtures/raised.ts"

describe("a source that fails", () => {
  for (const [sourceName, makeSpring] of springs) {
    it.each(basins)(`(${sourceName}) breaks %s off, and its error is raised`, (_name, makeBasin) =>
      inWorld(function* () {
        const sting = new Error("sting")
        const basin = makeBasin()
        expect(yield* raised(pipe(makeSpring({ chunks: ["honey"], then: sting }).source, basin.target))).toBe(sting)
        yield* cameAbout(() => basin.end() !== undefined)
        expect(basin.end()).toBe("broken")
        expect(basin.text()).toBe("honey")
      }),
    )

    it(`(${sourceName}) leaves a connection to who has it`, () =>
      inWorld(function* () {
        const sting = new Error("sting")
        const [near, far] = pair()
        expect(yield* raised(pipe(makeSpring({ chunks: ["honey"], then: sting }).source, near))).toBe(sting)
        expect(near.isClosed).toBe(false)
        yield* near.write("!\n")
        expect(yield* far.readLine()).toBe("honey!")
      }))
  }

  it("may be a connection that is reset", () =>
    inWorld(function* () {
      const [near, far] = pair()
      const [, makeBasin] = basins[0]!
      const basin = makeBasin()
      yield* far.write("honey")
      const piping = tasklet(() => raised(pipe(near, basin.target)))
      yield* cameAbout(() => basin.text() === "honey")
      void far.reset()
      expect(yield* piping).toMatchObject({ code: "connection_reset" })
      expect(basin.end()).toBe("broken")
    }))
})

describe("a target that fails", () => {
  for (const [sourceName, makeSpring] of springs) {
    for (const then of ["nothing", undefined] as const) {
      it.each(basins)(`(%s) closes ${sourceName} that ${then === undefined ? "has more" : "brings nothing just then"}, and its error is raised at once`, (_name, makeBasin) =>
        inWorld(function* () {
          const sting = new Error("sting")
          const basin = makeBasin()
          const spring = makeSpring(then === undefined ? { chunks: "endless" } : { chunks: ["honey"], then })
          const piping = tasklet(() => raised(pipe(spring.source, basin.target)))
          yield* cameAbout(() => basin.text() !== "")
          basin.fail(sting)
          expect(yield* piping).toBe(sting)
          yield* cameAbout(spring.isClosed)
          expect(spring.isClosed()).toBe(true)
        }),
      )
    }

    it(`(a connection whose peer goes away) closes ${sourceName}`, () =>
      inWorld(function* () {
        const [near, far] = pair()
        const spring = makeSpring({ chunks: ["honey"], then: "nothing" })
        const piping = tasklet(() => raised(pipe(spring.source, near)))
        expect(String(yield* far.read())).toBe("honey")
        void far.reset()
        expect(yield* piping).toMatchObject({ code: "connection_reset" })
        yield* cameAbout(spring.isClosed)
      }))
  }

  it.each(basins)("(%s) while it takes nothing closes the source, and its error is raised at once", (_name, makeBasin) =>
    inWorld(function* () {
      const sting = new Error("sting")
      const basin = makeBasin({ slow: () => {} })
      const spring = springs[0]![1]({ chunks: "endless" })
      const piping = tasklet(() => raised(pipe(spring.source, basin.target)))
      yield* someTurns()
      basin.fail(sting)
      expect(yield* piping).toBe(sting)
      yield* cameAbout(spring.isClosed)
    }),
  )

  it("in its very end raises that error", () =>
    inWorld(function* () {
      const sting = new Error("sting")
      const target = new Writable({ write: (_chunk, _encoding, done) => done(), final: (done) => done(sting) })
      expect(yield* raised(pipe(Readable.from(["honey"]), target))).toBe(sting)
      const web = new WritableStream({ close: () => Promise.reject(sting) })
      expect(yield* raised(pipe(Readable.from(["honey"]), web))).toBe(sting)
    }))

  it("was destroyed, has failed or was ended before: that is raised at once, and the source closed", () =>
    inWorld(function* () {
      const sting = new Error("sting")
      const destroyed = new PassThrough()
      destroyed.destroy()
      const failed = new PassThrough().on("error", () => {})
      failed.destroy(sting)
      const ended = new PassThrough()
      ended.end()
      const closed = new WritableStream()
      yield* tasklet(() => closed.close())
      const targets = [[destroyed, "connection_closed"], [failed, undefined], [ended, "unwritable"], [closed, "unwritable"]] as const
      for (const [target, code] of targets) {
        for (const [, makeSpring] of springs) {
          const spring = makeSpring({ chunks: "endless" })
          const error = yield* raised(pipe(spring.source, target))
          expect(error.code).toBe(code)
          yield* cameAbout(spring.isClosed)
        }
        expect((yield* raised(pipe(Readable.from([]), target))).code).toBe(code)
      }
      // It belongs to who has ended it: what it holds can still be read.
      expect(ended.destroyed).toBe(false)
    }))

  it("is locked by somebody else: that is raised, and the source closed", () =>
    inWorld(function* () {
      const target = new WritableStream()
      target.getWriter()
      const spring = springs[0]![1]({ chunks: "endless" })
      expect((yield* raised(pipe(spring.source, target))).message).toMatch(/locked/i)
      yield* cameAbout(spring.isClosed)
      const source = new ReadableStream()
      source.getReader()
      expect((yield* raised(pipe(source, new PassThrough()))).message).toMatch(/locked/i)
    }))
})

describe("a pipe that is killed", () => {
  for (const [sourceName, makeSpring] of springs) {
    it.each(basins)(`closes ${sourceName}, and breaks %s off`, (_name, makeBasin) =>
      inWorld(function* () {
        for (const chunks of ["endless", ["honey"]] as const) {
          const basin = makeBasin()
          const spring = makeSpring({ chunks, then: "nothing" })
          const victim = tasklet(() => pipe(spring.source, basin.target))
          yield* cameAbout(() => basin.text() !== "")
          victim.kill()
          yield* cameAbout(() => spring.isClosed() && basin.end() !== undefined)
          expect(basin.end()).toBe("broken")
        }
      }),
    )

    it.each(basins)(`closes ${sourceName} also while %s takes nothing`, (_name, makeBasin) =>
      inWorld(function* () {
        const basin = makeBasin({ slow: () => {} })
        const spring = makeSpring({ chunks: "endless" })
        const victim = tasklet(() => pipe(spring.source, basin.target))
        yield* cameAbout(() => basin.text() !== "")
        yield* someTurns()
        victim.kill()
        yield* cameAbout(() => spring.isClosed())
        expect(victim.alive).toBe(false)
      }),
    )
  }

  it("leaves connections to those who have them", () =>
    inWorld(function* () {
      const [[one, other], [near, far]] = [pair(), pair()]
      const victim = tasklet(() => pipe(one, near))
      yield* other.write("honey")
      expect(String(yield* far.readBytes(5))).toBe("honey")
      victim.kill()
      yield* other.write("wax\n")
      expect(yield* one.readLine()).toBe("wax")
      yield* near.write("still here\n")
      expect(yield* far.readLine()).toBe("still here")
    }))

  it("before it has begun does nothing", () =>
    inWorld(function* () {
      const spring = springs[0]![1]({ chunks: "endless" })
      const victim = tasklet(() => pipe(spring.source, new PassThrough()))
      victim.kill()
      yield* schedule()
      expect(spring.pulls()).toBe(0)
      expect(spring.isClosed()).toBe(false)
    }))
})
