import * as actors from "@vivarium/actors"
import * as core from "@vivarium/core"
import * as lowlevel from "@vivarium/core/lowlevel"
import * as actorsLowlevel from "@vivarium/actors/lowlevel"
import * as supervision from "@vivarium/supervision"
import { fault } from "@vivarium/testkit/fault"
import "@vivarium/testkit/node-test"
import assert from "node:assert/strict"
import * as net from "@vivarium/net"
import { heal, live, serve, visit } from "./bees.cjs"

visit(core)
await live(actors)
await heal(actors, supervision)
await serve(core, net)
assert.ok("BaseRef" in actorsLowlevel)
assert.ok(Object.keys(lowlevel).length > 0)
assert.equal(fault("disk full"), false)
