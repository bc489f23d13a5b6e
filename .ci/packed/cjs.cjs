const core = require("@vivarium/core")
const lowlevel = require("@vivarium/core/lowlevel")
const assert = require("node:assert/strict")
const { visit } = require("./bees.cjs")

visit(core)
assert.ok(Object.keys(lowlevel).length > 0)
