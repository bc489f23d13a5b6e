const core = require("@vivarium/core")
const actors = require("@vivarium/actors")
const lowlevel = require("@vivarium/core/lowlevel")
const supervision = require("@vivarium/supervision")
const { fault } = require("@vivarium/testkit/fault")
require("@vivarium/testkit/node-test")
const assert = require("node:assert/strict")
const { heal, live, visit } = require("./bees.cjs")

visit(core)
live(actors)
  .then(() => heal(actors, supervision))
  .catch((error) => {
  process.exitCode = 1
  console.error(error)
})
assert.ok(Object.keys(lowlevel).length > 0)
assert.equal(fault("disk full"), false)
