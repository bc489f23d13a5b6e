import { setTimeout as delay } from "node:timers/promises"
import { main, type Routine } from "@vivarium/core"
import { Actor, CallError, refuse, type Ref, System } from "@vivarium/actors"

class ShortOfMoney extends Error {
  override name = "ShortOfMoney"
}

class Account extends Actor {
  #balance = 0
  #log: number[] = []

  init(balance = 0) {
    this.#balance = balance
  }
  deposit(amount: number) {
    this.#balance += amount
    this.#log.push(amount)
  }
  withdraw(amount: number) {
    if (amount > this.#balance) throw refuse(new ShortOfMoney(`${this.self.name} has only ${this.#balance}`))
    this.#balance -= amount
    this.#log.push(-amount)
    return this.#balance
  }
  balance() {
    return this.#balance
  }
  *transfer(amount: number, to: Ref<Account>) {
    if (amount > this.#balance) throw refuse(new ShortOfMoney(`${this.self.name} has only ${this.#balance}`))
    this.#balance -= amount
    this.#log.push(-amount)
    yield* to.call.deposit(amount)
    return this.#balance
  }
  async audit() {
    let sum = 0
    for (const one of this.#log) {
      await delay(5, undefined, { signal: this.signal })
      sum += one
    }
    return { sum, balance: this.#balance }
  }
}

class Bank extends Actor {
  *transfer(from: Ref<Account>, to: Ref<Account>, amount: number): Routine<void> {
    yield* from.call.withdraw(amount)
    yield* to.call.deposit(amount)
  }
}

await main(function* () {
  const system = new System({ name: "bank" })
  const maya = system.spawn(Account, { name: "maya", args: [100] })
  const willy = system.spawn(Account, { name: "willy" })
  const bank = system.spawn(Bank)
  maya.cast.deposit(20)
  console.log("left", yield* maya.call.transfer(70, willy))
  console.log(yield* willy.call.balance())
  try {
    yield* maya.call.transfer(70, willy)
  } catch (error) {
    if (error instanceof CallError && error.cause instanceof ShortOfMoney) console.log(error.code, error.message)
  }
  try {
    yield* bank.call.transfer(maya, willy, 1000)
  } catch (error) {
    if (error instanceof CallError) console.log(error.code, error.message, error.cause, bank.alive)
  }
  console.log(yield* maya.call.audit())
  const audit = maya.request.audit()
  yield* system.stop()
  try {
    console.log(yield* audit)
  } catch (e) {
    console.log("audit cut:", String(e))
  }
})
