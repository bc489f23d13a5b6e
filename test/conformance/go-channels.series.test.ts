/** GO-19: McIlroy's power series. A series is a pair of channels; each coefficient is computed when asked for. */
import { type Channel, Scheduler, type Routine } from "@vivarium/core"
import { describe, expect, it } from "vitest"

interface Rational {
  readonly above: bigint
  readonly below: bigint
}

interface Series {
  readonly asked: Channel<void>
  readonly given: Channel<Rational>
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b)
}

function rational(above: bigint, below = 1n): Rational {
  const common = gcd(above, below)
  return { above: above / common, below: below / common }
}

const sum = (a: Rational, b: Rational): Rational => rational(a.above * b.below + b.above * a.below, a.below * b.below)
const product = (a: Rational, b: Rational): Rational => rational(a.above * b.above, a.below * b.below)
const show = ({ above, below }: Rational): string => (below === 1n ? `${above}` : `${above}/${below}`)

class Workshop {
  readonly scheduler = new Scheduler()

  private fresh(): Series {
    return { asked: this.scheduler.channel<void>(), given: this.scheduler.channel<Rational>() }
  }

  /** A series whose coefficients a routine puts, one after another, each when it is asked for. */
  private made(body: (put: (coefficient: () => Routine<Rational>) => Routine) => Routine): Series {
    const series = this.fresh()
    this.scheduler.tasklet(function* () {
      yield* body(function* (coefficient) {
        yield* series.asked.receive()
        yield* series.given.send(yield* coefficient())
      })
    })
    return series
  }

  constant(coefficient: (index: number) => Rational): Series {
    return this.made(function* (put) {
      for (let index = 0; ; index++) {
        const at = index
        yield* put(function* () {
          return coefficient(at)
        })
      }
    })
  }

  add(one: Series, two: Series): Series {
    return this.made(function* (put) {
      for (;;) {
        yield* put(function* () {
          return sum(yield* get(one), yield* get(two))
        })
      }
    })
  }

  scaled(factor: Rational, one: Series): Series {
    return this.made(function* (put) {
      for (;;) {
        yield* put(function* () {
          return product(factor, yield* get(one))
        })
      }
    })
  }

  /** x times the series. */
  shifted(first: Rational, rest: Series): Series {
    return this.made(function* (put) {
      yield* put(function* () {
        return first
      })
      for (;;) yield* put(() => get(rest))
    })
  }

  /** Two copies: whichever is ahead reads the source, and keeps what it read for the other. */
  split(source: Series): [Series, Series] {
    const queues: [Rational[], Rational[]] = [[], []]
    const reading = this.scheduler.channel<void>({ capacity: 1 })
    reading.trySend()
    const copy = (mine: 0 | 1): Series =>
      this.made(function* (put) {
        for (;;) {
          yield* put(function* () {
            if (queues[mine].length === 0) {
              yield* reading.receive()
              if (queues[mine].length === 0) {
                const next = yield* get(source)
                for (const queue of queues) queue.push(next)
              }
              yield* reading.send()
            }
            return queues[mine].shift() as Rational
          })
        }
      })
    return [copy(0), copy(1)]
  }

  /** (u0 + x U)(v0 + x V) = u0 v0 + x (u0 V + v0 U + x U V), by recursion. */
  multiply(one: Series, two: Series): Series {
    const remainder = (u: Rational, v: Rational): Series => {
      const [one1, one2] = this.split(one)
      const [two1, two2] = this.split(two)
      const outer = this.add(this.scaled(u, two1), this.scaled(v, one1))
      return this.add(outer, this.shifted(rational(0n), this.multiply(one2, two2)))
    }
    return this.made(function* (put) {
      let [u, v] = [rational(0n), rational(0n)]
      yield* put(function* () {
        u = yield* get(one)
        v = yield* get(two)
        return product(u, v)
      })
      const rest = remainder(u, v)
      for (;;) yield* put(() => get(rest))
    })
  }

  derivative(one: Series): Series {
    return this.made(function* (put) {
      for (let index = 1n; ; index++) {
        const at = index
        yield* put(function* () {
          if (at === 1n) yield* get(one)
          return product(rational(at), yield* get(one))
        })
      }
    })
  }

  integral(first: Rational, one: Series): Series {
    return this.made(function* (put) {
      yield* put(function* () {
        return first
      })
      for (let index = 1n; ; index++) {
        const at = index
        yield* put(function* () {
          return product(rational(1n, at), yield* get(one))
        })
      }
    })
  }

  /** A series defined by an equation in which it stands itself. */
  fixed(equation: (itself: Series) => Series): Series {
    const knot = this.fresh()
    const [inner, outer] = this.split(knot)
    const defined = equation(inner)
    this.scheduler.tasklet(function* () {
      for (;;) {
        yield* knot.asked.receive()
        yield* knot.given.send(yield* get(defined))
      }
    })
    return outer
  }

  /** exp(U), where U has no constant: the solution of Z' = Z U'. */
  exponential(one: Series): Series {
    return this.fixed((itself) => this.integral(rational(1n), this.multiply(itself, this.derivative(one))))
  }

  take(count: number, series: Series): string[] {
    const taken: string[] = []
    const reader = this.scheduler.tasklet(function* () {
      while (taken.length < count) taken.push(show(yield* get(series)))
    })
    this.scheduler.run()
    if (reader.alive) throw new Error(`only ${taken.length} of ${count} coefficients came: ${reader.waitingFor}`)
    return taken
  }
}

function* get(series: Series): Routine<Rational> {
  yield* series.asked.send()
  return yield* series.given.receive()
}

describe("GO-19: demand-driven power series over pairs of channels", () => {
  it("gives the coefficients of 1/(1-x) and of its square", () => {
    const workshop = new Workshop()
    const ones = (): Series => workshop.constant(() => rational(1n))
    expect(workshop.take(5, ones())).toEqual(["1", "1", "1", "1", "1"])
    expect(workshop.take(8, workshop.multiply(ones(), ones()))).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"])
    expect(workshop.take(4, workshop.add(ones(), workshop.scaled(rational(2n), ones())))).toEqual(["3", "3", "3", "3"])
  })

  it("gives the coefficients of exp(x), defined by a differential equation", () => {
    const workshop = new Workshop()
    const x = workshop.constant((index) => rational(index === 1 ? 1n : 0n))
    const expected = ["1", "1", "1/2", "1/6", "1/24", "1/120", "1/720", "1/5040", "1/40320", "1/362880"]
    expect(workshop.take(10, workshop.exponential(x))).toEqual(expected)
  })

  it("gives the coefficients of exp(x/(1-x)), with thousands of tasklets", () => {
    const workshop = new Workshop()
    const geometric = workshop.constant((index) => rational(index === 0 ? 0n : 1n))
    expect(workshop.take(8, workshop.exponential(geometric))).toEqual(["1", "1", "3/2", "13/6", "73/24", "167/40", "4051/720", "37633/5040"])
  })

  it("gives the coefficients of tan(x), whose derivative is 1 + tan²(x)", () => {
    const workshop = new Workshop()
    const one = workshop.constant((index) => rational(index === 0 ? 1n : 0n))
    const tangent = workshop.fixed((itself) => {
      const [left, right] = workshop.split(itself)
      return workshop.integral(rational(0n), workshop.add(one, workshop.multiply(left, right)))
    })
    expect(workshop.take(10, tangent)).toEqual(["0", "1", "0", "1/3", "0", "2/15", "0", "17/315", "0", "62/2835"])
  })
})
