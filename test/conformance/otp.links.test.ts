import { InvalidArgumentError, schedule, sleep } from "@vivarium/core"
import { Actor, Exit, ExitReason, NoProcessError, type Process, type Ref } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, shown, unread, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

const die = ExitReason.custom("die")
const trapping = { trapExit: true }

/** One that has ended. */
function* dead(self: Process<unknown>) {
  const ref = self.spawn(() => {})
  yield* schedule()
  expect(ref.alive).toBe(false)
  return ref
}

describe("linking", () => {
  it("L01: to a dead process, one that traps is told by an exit with noproc", async () => {
    await world.process(function* (self) {
      const ref = yield* dead(self)
      self.link(ref)
      expect(yield* unread(self)).toEqual([{ exit: "noproc", from: String(ref) }])
    }, trapping)
  })

  it("to a dead process, one that does not trap gets noproc from link() itself (section 2.1)", async () => {
    await world.process(function* (self) {
      const ref = yield* dead(self)
      expect(() => {
        self.link(ref)
      }).toThrow(NoProcessError)
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("to a dead process, the noproc that nobody catches ends the caller (section 2.1)", async () => {
    await world.process(function* (self) {
      const ref = yield* dead(self)
      self.spawnMonitor(function* (mine: Process) {
        mine.link(ref)
        yield* idle(mine)
      })
      const down = shown(yield* self.receive()) as { down: NoProcessError }
      expect([down.down instanceof NoProcessError, down.down.code]).toEqual([true, "noproc"])
    })
  })

  it("L03: twice is one link: one exit, whichever side has asked", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(function* (mine: Process) {
        mine.link(self.self)
        yield* idle(mine)
      })
      self.link(ref)
      self.link(ref)
      yield* schedule()
      self.signalExit(ref, die)
      yield* sleep(1)
      expect(yield* unread(self)).toEqual([{ exit: "die", from: String(ref) }])
    }, trapping)
  })

  it("L03: one unlink takes away what was linked twice (section 2.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(idle)
      self.link(ref)
      self.unlink(ref)
      self.signalExit(ref, die)
      yield* sleep(1)
      expect(yield* unread(self)).toEqual([])
    }, trapping)
  })

  it("L04: to itself does nothing: no link is listed, and there is no exit", async () => {
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(function* (mine: Process) {
        mine.link(mine.self)
        mine.unlink(mine.self)
        mine.link(mine.self)
        yield* schedule()
        throw new Error("crash")
      }, trapping)
      yield* self.receive()
      expect(ref.alive).toBe(false)
      expect(world.reports.map(({ links }) => links)).toEqual([[]])
    })
  })

  it("binds both: the end of either reaches the other (section 2.2)", async () => {
    await world.process(function* (self) {
      for (const [dying, other] of [
        [0, 1],
        [1, 0],
      ] as const) {
        const first = self.spawn(idle)
        const second = self.spawn(function* (mine: Process) {
          mine.link(first)
          yield* idle(mine)
        })
        yield* schedule()
        const both = [first, second]
        self.monitor(both[other] as Ref<unknown>)
        self.signalExit(both[dying] as Ref<unknown>, die)
        expect(shown(yield* self.receive())).toEqual({ down: "die", from: String(both[other]) })
      }
    })
  })

  it("at the birth leaves no gap: of a child that dies at once there is exactly one exit (section 1)", async () => {
    const error = new Error("crash")
    await world.process(function* (self) {
      const ref = self.spawnLink(() => {
        throw error
      })
      yield* sleep(1)
      expect(yield* unread(self)).toEqual([{ exit: error, from: String(ref) }])
    }, trapping)
  })

  it("at the birth leaves no gap for those who do not trap: they die with it (section 1)", async () => {
    const error = new Error("crash")
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(function* (mine: Process) {
        mine.spawnLink(() => {
          throw error
        })
        yield* idle(mine)
      })
      expect(shown(yield* self.receive())).toEqual({ down: error, from: String(ref) })
    })
  })

  it("garbage is refused", async () => {
    await world.process(function* (self) {
      yield* schedule()
      for (const garbage of [undefined, null, 7, "name", {}, []]) {
        expect(() => {
          self.link(garbage as never)
        }).toThrow(InvalidArgumentError)
        expect(() => {
          self.unlink(garbage as never)
        }).toThrow(InvalidArgumentError)
        expect(() => {
          self.signalExit(garbage as never, die)
        }).toThrow(InvalidArgumentError)
      }
      expect(() => {
        self.signalExit(self.self, "die" as never)
      }).toThrow(InvalidArgumentError)
    })
  })
})

describe("unlinking", () => {
  it("L06: before the death: there is never an exit, to either side", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(idle)
      const other = self.spawnLink(idle)
      self.unlink(ref)
      self.unlink(other)
      self.signalExit(ref, die)
      yield* sleep(1)
      expect([ref.alive, other.alive, yield* unread(self)]).toEqual([false, true, []])
    }, trapping)
  })

  it("L06: by the side that has not linked", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(function* (mine: Process) {
        mine.unlink(self.self)
        throw new Error("crash")
      })
      yield* sleep(1)
      expect([ref.alive, yield* unread(self)]).toEqual([false, []])
    })
  })

  it("L06: while the other is ending, and has not ended yet", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(idle)
      yield* schedule()
      self.signalExit(ref, die)
      self.unlink(ref)
      yield* sleep(1)
      expect([ref.alive, yield* unread(self)]).toEqual([false, []])
    }, trapping)
  })

  it("leaves an exit that is in the mailbox already (section 2.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(idle)
      self.signalExit(ref, die)
      yield* sleep(1)
      self.unlink(ref)
      expect(yield* unread(self)).toEqual([{ exit: "die", from: String(ref) }])
    }, trapping)
  })

  it("and a receive without waiting behind it flushes that one alone (section 2.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(idle)
      const other = self.spawnLink(idle)
      self.signalExit(other, die)
      self.signalExit(ref, die)
      yield* sleep(1)
      self.unlink(ref)
      const flushed = yield* self.receive((message: unknown): message is Exit => message instanceof Exit && message.from === ref)
      expect(shown(flushed)).toEqual({ exit: "die", from: String(ref) })
      expect(yield* unread(self)).toEqual([{ exit: "die", from: String(other) }])
    }, trapping)
  })

  it("of one that is not linked, or dead, does nothing (section 2.2)", async () => {
    await world.process(function* (self) {
      const other = self.spawn(idle)
      self.unlink(other)
      self.unlink(yield* dead(self))
      expect([other.alive, yield* unread(self)]).toEqual([true, []])
    }, trapping)
  })

  it("and linking again makes a new link: of one that is gone it says noproc, not the old reason (section 2.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(idle)
      self.unlink(ref)
      self.signalExit(ref, die)
      yield* sleep(1)
      self.link(ref)
      expect(yield* unread(self)).toEqual([{ exit: "noproc", from: String(ref) }])
    }, trapping)
  })
})

describe("the end of a linked process", () => {
  it("L08: normal leaves one alive that does not trap", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(() => {})
      yield* sleep(1)
      expect([ref.alive, yield* unread(self)]).toEqual([false, []])
    })
  })

  it("L08: normal is a message to one that traps", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(() => {})
      yield* sleep(1)
      expect(yield* unread(self)).toEqual([{ exit: "normal", from: String(ref) }])
    }, trapping)
  })

  it.each([ExitReason.shutdown, ExitReason.shutdownWith("why"), ExitReason.killed, ExitReason.kill, ExitReason.noproc, die])("%o is passed on along a line of those who do not trap (section 2.1)", async (reason) => {
    await world.process(function* (self) {
      const last = self.spawn(idle)
      const middle = self.spawn(function* (mine: Process) {
        mine.link(last)
        yield* idle(mine)
      })
      self.link(middle)
      yield* schedule()
      last.stop(reason).then(undefined, () => {})
      expect(shown(yield* self.receive())).toEqual({ exit: reason.kind === "kill" ? "killed" : wordOf(reason), from: String(middle) })
    }, trapping)
  })

  it("is a message from the moment on at which it traps, and no more when it does not any more (section 1)", async () => {
    await world.process(function* (self) {
      expect(self.trapExit).toBe(false)
      self.trapExit = true
      const first = self.spawnLink(idle)
      self.signalExit(first, die)
      yield* sleep(1)
      self.trapExit = false
      const second = self.spawnLink(() => {})
      yield* sleep(1)
      expect([second.alive, yield* unread(self)]).toEqual([false, [{ exit: "die", from: String(first) }]])
    })
  })

  it("of an actor that traps, exit() is told who and why (section 2.1)", async () => {
    const trace: unknown[] = []
    class Trapper extends Actor {
      init() {
        this.trapExit = true
      }
      hatch() {
        return this.spawnLink(idle)
      }
      exit(from: Ref<unknown>, reason: ExitReason) {
        trace.push([String(from), wordOf(reason)])
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Trapper)
      const child = yield* ref.call.hatch()
      self.signalExit(child, die)
      yield* sleep(1)
      expect([ref.alive, trace]).toEqual([true, [[String(child), "die"]]])
    })
  })

  it("of an actor that traps without an exit method, what is not orderly ends it (changed: OTP logs it)", async () => {
    class Careless extends Actor {
      hatch() {
        return this.spawnLink(idle)
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Careless, trapping)
      self.monitor(ref)
      const [first, second] = [yield* ref.call.hatch(), yield* ref.call.hatch()]
      self.signalExit(first, ExitReason.shutdown)
      yield* sleep(1)
      expect(ref.alive).toBe(true)
      self.signalExit(second, die)
      expect(shown(yield* self.receive())).toEqual({ down: "die", from: String(ref) })
    })
  })

  it("L10: 10,000 linked to one owner that crashes all die, and nobody else", async () => {
    await world.process(function* (self) {
      const children: Ref<unknown>[] = []
      const { ref } = self.spawnMonitor(function* (mine: Process) {
        for (let count = 0; count < 10_000; count++) children.push(mine.spawnLink(idle) as Ref<unknown>)
        yield* mine.receive()
        throw new Error("crash")
      })
      const bystander = self.spawn(idle)
      yield* schedule()
      expect(world.system.statistics().processes).toBe(10_003)
      ref.send("go" as never)
      yield* self.receive()
      yield* schedule()
      expect([children.length, children.some(({ alive }) => alive), bystander.alive, world.system.statistics().processes]).toEqual([10_000, false, true, 2])
    })
  })

  it("L10: a line of 10,000 falls without deep recursion", async () => {
    await world.process(function* (self) {
      let last = self.spawn(idle)
      const first = last
      for (let count = 0; count < 10_000; count++) {
        const before = last
        last = self.spawn(function* (mine: Process) {
          mine.link(before)
          yield* idle(mine)
        })
      }
      yield* schedule()
      self.monitor(last)
      self.signalExit(first, ExitReason.shutdown)
      expect(shown(yield* self.receive())).toEqual({ down: "shutdown", from: String(last) })
      expect(world.system.statistics().processes).toBe(1)
    })
  })
})
