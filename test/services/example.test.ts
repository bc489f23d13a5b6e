// The program is really run, in a process of its own, and talks to real servers: that is why its test is slow.
import { expect, it } from "vitest"
import { endingOf, runExample } from "../examples/story.ts"
import { describeWithServers } from "./with-servers.ts"

// Whoever starts one of the servers starts them all.
describeWithServers("the visits to all services", ["VIVARIUM_XMPP"], () => {
  it("print what their README shows", { timeout: 60_000 }, async () => {
    expect(await runExample("services")).toEqual(endingOf("services"))
  })
})
