import assert from "node:assert/strict"
import fc from "fast-check"
import { describe, it } from "vitest"
import { Scheduler, Tasklet } from "../../src/index.ts"
import { Ring } from "../../src/ring.ts"
import { RunQueue } from "../../src/run-queue.ts"
import { type Timer, Timers } from "../../src/timers.ts"
import { type WaitNode, WaitQueue } from "../../src/wait-queue.ts"

const runs = { numRuns: 500, seed: 1 }

function newNode(): Tasklet {
  return new Tasklet(function* () {}, new Scheduler())
}

describe("the run queue", () => {
  const command = fc.oneof(
    { weight: 3, arbitrary: fc.constant({ kind: "push" } as const) },
    { weight: 2, arbitrary: fc.constant({ kind: "handOver" } as const) },
    { weight: 2, arbitrary: fc.constant({ kind: "shift" } as const) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), position: fc.nat(50) }) },
  )

  it("is first in, first out, with hand-overs in front in hand-over order, whatever is taken out", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60, size: "max" }), (commands) => {
        const queue = new RunQueue()
        let handed: Tasklet[] = []
        let pushed: Tasklet[] = []
        const spare: Tasklet[] = []
        for (const one of commands) {
          const all = [...handed, ...pushed]
          if (one.kind === "push" || one.kind === "handOver") {
            const tasklet = spare.pop() ?? newNode()
            queue[one.kind](tasklet)
            ;(one.kind === "push" ? pushed : handed).push(tasklet)
          } else {
            const tasklet = one.kind === "shift" ? all[0] : all[one.position % Math.max(1, all.length)]
            if (one.kind === "shift") assert.ok(queue.shift() === (tasklet ?? null))
            else if (tasklet !== undefined) queue.remove(tasklet)
            handed = handed.filter((other) => other !== tasklet)
            pushed = pushed.filter((other) => other !== tasklet)
            if (tasklet !== undefined) spare.push(tasklet)
          }
          const expected = [...handed, ...pushed].map(({ id }) => id)
          assert.deepEqual(queue.toArray().map(({ id }) => id), expected)
          assert.equal(queue.length, expected.length)
          if (handed.length === 0) for (const [index, tasklet] of pushed.entries()) assert.ok(queue.at(index) === tasklet)
          for (const tasklet of spare) assert.deepEqual([tasklet.after, tasklet.before], [null, null])
        }
      }),
      runs,
    )
  })
})

describe("a hand-over", () => {
  /** How often links are read or written by one more hand-over, behind so many. */
  function linkAccesses(before: number): number {
    const queue = new RunQueue()
    let accesses = 0
    for (let handed = 0; handed < before; handed++) {
      const tasklet = newNode()
      queue.handOver(tasklet)
      for (const link of ["after", "before"] as const) {
        let value = tasklet[link]
        void Object.defineProperty(tasklet, link, {
          get: () => (accesses++, value),
          set: (next: typeof value) => {
            accesses++
            value = next
          },
        })
      }
    }
    accesses = 0
    queue.handOver(newNode())
    return accesses
  }

  it("costs the same however many stand before it: a burst of trySend from plain code makes thousands", () => {
    assert.equal(linkAccesses(1000), linkAccesses(10))
  })
})

describe("a waiting list", () => {
  it("is first come, first served, whoever leaves", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(20)), { maxLength: 60, size: "max" }), (commands) => {
        const queue = new WaitQueue()
        const model: WaitNode[] = []
        for (const position of commands) {
          if (position === null) model.push(newNode())
          if (position === null) queue.push(model.at(-1) as WaitNode)
          else if (position === 0) assert.ok(queue.shift() === (model.shift() ?? null))
          else if (model.length > 0) queue.remove(model.splice(position % model.length, 1)[0] as WaitNode)
          const found: WaitNode[] = []
          for (let node = queue.first; node !== null; node = node.after) found.push(node)
          assert.ok(found.length === model.length && found.every((node, index) => node === model[index]))
          assert.deepEqual([queue.size, queue.last === (model.at(-1) ?? null)], [model.length, true])
        }
      }),
      runs,
    )
  })
})

describe("the ring buffer", () => {
  it("gives back what went in, in order, at any fill", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 60, size: "max" }), (steps) => {
        const ring = new Ring()
        const model: unknown[] = []
        let made = 0
        for (const step of steps) {
          for (let left = step; left > 0; left--) {
            model.push({ number: ++made })
            ring.push(model.at(-1))
          }
          for (let left = step; left < 0 && model.length > 0; left++) assert.equal(ring.shift(), model.shift())
          assert.equal(ring.length, model.length)
        }
        while (model.length > 0) assert.equal(ring.shift(), model.shift())
        assert.equal(ring.length, 0)
      }),
      runs,
    )
  })
})

describe("the timer heap", () => {
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("add" as const), at: fc.oneof(fc.nat(20), fc.double({ min: 0, max: 20, noNaN: true })) }) },
    { weight: 1, arbitrary: fc.constant({ kind: "fire" } as const) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), position: fc.nat(100), twice: fc.boolean() }) },
  )

  it("keeps the earliest first, equal times in the order in which they were made, whatever is removed", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120, size: "max" }), (commands) => {
        const timers = new Timers()
        const model: Timer[] = []
        const node = newNode()
        const discard = (timer: Timer | undefined): void => {
          if (timer === undefined) return
          timers.remove(timer)
          model.splice(model.indexOf(timer), 1)
        }
        for (const one of commands) {
          if (one.kind === "add") {
            const timer = timers.add(one.at, node)
            const behind = model.findIndex((other) => other.at > timer.at)
            model.splice(behind < 0 ? model.length : behind, 0, timer)
          } else if (one.kind === "fire") discard(timers.first)
          else {
            const timer = model[one.position % Math.max(1, model.length)]
            discard(timer)
            if (timer !== undefined && one.twice) timers.remove(timer)
          }
          assert.ok(timers.first === model[0])
          assert.equal(timers.size, model.length)
        }
        const order: Timer[] = []
        for (let first = timers.first; first !== undefined; first = timers.first) {
          order.push(first)
          timers.remove(first)
        }
        assert.ok(order.length === model.length && order.every((timer, index) => timer === model[index]))
      }),
      runs,
    )
  })
})
