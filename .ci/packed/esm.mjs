import * as core from "@vivarium/core"
import * as lowlevel from "@vivarium/core/lowlevel"
import assert from "node:assert/strict"
import { visit } from "./bees.cjs"

visit(core)
assert.ok(Object.keys(lowlevel).length > 0)
