import * as actors from "@vivarium/actors"
import * as core from "@vivarium/core"
import * as lowlevel from "@vivarium/core/lowlevel"
import assert from "node:assert/strict"
import { live, visit } from "./bees.cjs"

visit(core)
await live(actors)
assert.ok(Object.keys(lowlevel).length > 0)
