// An application that loads the package as ESM and, through some dependency, as CJS too still has one scheduler.
import * as esmActors from "@vivarium/actors"
import * as esm from "@vivarium/core"
import assert from "node:assert/strict"
import { createRequire } from "node:module"

const require = createRequire(import.meta.url)
const cjs = require("@vivarium/core")
const cjsActors = require("@vivarium/actors")
assert.notEqual(esm.tasklet, cjs.tasklet, "two copies must have been loaded for this to prove anything")

const flower = esm.channel()
const seen = []
cjs.tasklet(function* () {
  seen.push(yield* flower.receive())
  seen.push(cjs.currentTasklet() === esm.currentTasklet())
  yield* esm.schedule()
  yield* cjs.schedule()
})
esm.tasklet(function* () {
  yield* flower.send("across")
})
cjs.run()
assert.deepEqual(seen, ["across", true])

// An error of one copy is recognised by its code, and an operation of one copy by the other.
const outcomes = []
const closed = cjs.channel()
closed.close()
esm.tasklet(function* () {
  try {
    yield* esm.select({ closed: closed.receive() })
  } catch (error) {
    outcomes.push(error instanceof Error && typeof error.code === "string")
  }
})
esm.run()
assert.deepEqual(outcomes, [true])

// Actors of one copy are known to the other: their references, what their init returns, and their errors.
class Bee extends cjsActors.Actor {
  init(shy) {
    return shy ? esmActors.ignore : undefined
  }
  greet(other) {
    this.link(other)
    return other instanceof cjsActors.Ref
  }
}
class Hive extends esmActors.Actor {}
const meadow = new esmActors.System()
const hive = meadow.spawn(Hive)
const bee = await meadow.start(Bee, { args: [false] })
assert.equal(await bee.call.greet(hive), true)
const ignored = await meadow.start(Bee, { args: [true] }).then(undefined, (error) => error)
assert.equal(ignored instanceof cjsActors.StartError && ignored.code, "ignore")
await meadow.stop()

// A spec of one copy is a child for a supervisor of the other, in a system of either.
const esmTrees = await import("@vivarium/supervision")
const cjsTrees = require("@vivarium/supervision")
const mixed = new esmActors.System()
const nursery = cjsTrees.supervisor({ id: "nursery", children: [cjsTrees.child(Bee, { args: [false] })] })
const top = await mixed.start(esmTrees.supervisor({ children: [nursery, cjsTrees.child(Hive)] }))
assert.equal(top.countChildren().supervisors, 1)
assert.equal(top.tree().children[0].children.length, 1)
assert.equal(top.child("nursery").countChildren().active, 1)
const unknown = await top.terminateChild("nobody").then(undefined, (error) => error)
assert.equal(unknown instanceof cjsTrees.SupervisorError && unknown.code, "not_found")
await mixed.stop()
