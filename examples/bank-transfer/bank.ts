/** Two accounts, and two ways to move money between them. */
import { Actor, type Ref, refuse } from "@vivarium/actors"
import { type Routine, tasklet } from "@vivarium/core"
import type { Scenario } from "@vivarium/testkit"

/** An account: one message at a time, so each of its methods is safe. */
export class Account extends Actor {
  #cents = 0

  init(cents: number) {
    this.#cents = cents
  }

  balance() {
    return this.#cents
  }

  deposit(cents: number) {
    this.#cents += cents
  }

  /** Takes what is asked, whether it is there or not: the caller has looked. */
  take(cents: number) {
    this.#cents -= cents
  }

  /** Takes it only if it is there. */
  withdraw(cents: number) {
    if (cents > this.#cents) throw refuse(new Error("not enough"))
    this.#cents -= cents
  }
}

/** Moves money; says whether it was there. */
export type Transfer = (from: Ref<Account>, to: Ref<Account>, cents: number) => Routine<boolean>

/** Looks, then takes: between the two calls somebody else may take. */
export function* lookThenTake(from: Ref<Account>, to: Ref<Account>, cents: number): Routine<boolean> {
  const there = yield* from.call.balance()
  if (there < cents) return false
  yield* from.call.take(cents)
  yield* to.call.deposit(cents)
  return true
}

/** One call that looks and takes. */
export function* withdrawThenDeposit(from: Ref<Account>, to: Ref<Account>, cents: number): Routine<boolean> {
  try {
    yield* from.call.withdraw(cents)
  } catch {
    return false
  }
  yield* to.call.deposit(cents)
  return true
}

/** Two people spend from an account that has enough for one of them. The first is quicker, by far, in the shipped order. */
export function spending(transfer: Transfer): Scenario {
  return function* ({ check, system }) {
    const savings = yield* system.start(Account, { name: "savings", args: [100] })
    const shop = yield* system.start(Account, { name: "shop", args: [0] })
    const ada = tasklet({ name: "Ada" }, () => transfer(savings, shop, 100))
    const ben = tasklet({ name: "Ben" }, function* () {
      yield* shop.call.balance()
      yield* shop.call.balance()
      return yield* transfer(savings, shop, 100)
    })
    const paid = [yield* ada, yield* ben]
    check("only one of them could pay", paid.filter(Boolean).length === 1)
    check("the savings are not overdrawn", (yield* savings.call.balance()) >= 0)
  }
}
