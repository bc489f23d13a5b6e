import { channel, tasklet, TimeoutError } from "@vivarium/core"
import { pair, pipe } from "@vivarium/net"
import { PassThrough, Readable, Writable } from "node:stream"
import { describe, expect, it } from "vitest"
import { cameAbout, someTurns } from "./fixtures/came-about.ts"
import { basins, CHUNK, springs } from "./fixtures/flows.ts"
import { inWorld } from "./fixtures/http-world.ts"
import { raised } from "./fixtures/raised.ts"

describe("a slow target", () => {
  for (const [sourceName, makeSpring] of springs) {
    it.each(basins)(`(%s) holds ${sourceName} up: little more is read than is taken`, (_name, makeBasin) =>
      inWorld(function* () {
        const taken = channel<() => void>({ capacity: 10 })
        const basin = makeBasin({ slow: (go) => void taken.trySend(go) })
        const spring = makeSpring({ chunks: "endless" })
        const victim = tasklet(() => pipe(spring.source, basin.target))
        let most = 0
        for (let chunk = 1; chunk <= 60; chunk++) {
          const go = yield* taken.receive()
          yield* someTurns(5)
          most = Math.max(most, spring.pulls() - chunk)
          go()
        }
        expect(most).toBeLessThan(24)
        victim.kill()
      }),
    )
  }

  it("that is a connection holds the source up as well, and all arrives in the end", () =>
    inWorld(function* () {
      const [near, far] = pair()
      const spring = springs[0]![1]({ chunks: "endless" })
      const victim = tasklet(() => pipe(spring.source, near))
      yield* someTurns()
      expect(spring.pulls()).toBeLessThan(24)
      for (let read = 0; read < 400; read++) yield* far.readBytes(CHUNK)
      expect(spring.pulls()).toBeLessThan(424)
      victim.kill()
    }))

  it("gets large volumes whole", () =>
    inWorld(function* () {
      const size = 40 * 1024 * 1024
      let sent = 0
      const source = new Readable({
        read(want) {
          const length = Math.min(want, size - sent)
          const chunk = Buffer.alloc(length)
          for (let at = 0; at < length; at += 997) chunk[at] = (sent + at) & 255
          sent += length
          this.push(length === 0 ? null : chunk)
        },
      })
      let got = 0
      let wrong = 0
      const target = new Writable({
        write(chunk: Buffer, _encoding, done) {
          got += chunk.length
          if (chunk.length > 65_536) wrong++
          setImmediate(done)
        },
      })
      expect(yield* pipe(source, target)).toBe(size)
      expect([got, wrong]).toEqual([size, 0])
    }))
})

describe("time-outs", () => {
  it.each(basins)("end a pipe whose source brings nothing: %s is broken off", (_name, makeBasin) =>
    inWorld(function* () {
      const basin = makeBasin()
      const spring = springs[0]![1]({ chunks: ["honey"], then: "nothing" })
      const error = yield* raised(pipe(spring.source, basin.target, { timeoutMs: 20 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error.message).toContain("read() from a stream")
      yield* cameAbout(() => spring.isClosed() && basin.end() === "broken")
    }),
  )

  it.each(basins)("end a pipe to %s that takes nothing: the source is closed", (_name, makeBasin) =>
    inWorld(function* () {
      const basin = makeBasin({ slow: () => {} })
      const spring = springs[0]![1]({ chunks: "endless" })
      const error = yield* raised(pipe(spring.source, basin.target, { timeoutMs: 20 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error.message).toContain("write() to a stream")
      yield* cameAbout(spring.isClosed)
    }),
  )

  it.each(basins)("end a pipe to %s that does not end", (_name, makeBasin) =>
    inWorld(function* () {
      const basin = makeBasin({ slow: () => {} })
      const error = yield* raised(pipe(Readable.from(["honey"]), basin.target, { timeoutMs: 20 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error.message).toContain("the end of a stream")
    }),
  )

  it("hold for connections, too, and their own are the default", () =>
    inWorld(function* () {
      const [near, far] = pair({ idleMs: 20 })
      expect(yield* raised(pipe(near, new PassThrough()))).toMatchObject({ timeoutMs: 20 })
      expect(yield* raised(pipe(near, new PassThrough(), { timeoutMs: 5 }))).toMatchObject({ timeoutMs: 5 })
      const patient = tasklet(() => pipe(near, new PassThrough().resume(), { timeoutMs: Infinity }))
      expect(yield* raised(far.read({ timeoutMs: 40 }))).toBeInstanceOf(TimeoutError)
      yield* far.end()
      expect(yield* patient).toBe(0)
    }))
})
