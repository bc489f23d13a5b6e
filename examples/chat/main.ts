/** The chat. With a port it serves there until it is stopped; without one it shows itself. */
import { named } from "@vivarium/actors"
import { application } from "@vivarium/supervision"
import { parseArgs } from "node:util"
import { z } from "zod"
import { demonstrate } from "./demonstration.ts"
import { Directory } from "./directory.ts"
import { ChatServer } from "./server.ts"
import { chat } from "./service.ts"
import { byDefault } from "./settings.ts"

const { crashes, host } = byDefault
const { values } = parseArgs({ options: { port: { type: "string" }, host: { type: "string", default: host }, crash: { type: "boolean", default: crashes } } })
const schema = z.object({ port: z.coerce.number().int().min(0).max(65_535), host: z.string().min(1), crash: z.boolean() })

if (values.port === undefined) await demonstrate()
else {
  const app = application({
    name: "chat",
    config: { schema, values },
    top(config, { system }) {
      const settings = { ...byDefault, host: config.host, port: config.port, crashes: config.crash }
      return chat(settings, new Directory(system, settings))
    },
    phases: {
      *open({ system }) {
        const address = yield* named(ChatServer, "server", { system }).call.address()
        console.log(`The chat is open. Come in by: nc ${address.host} ${address.port}`)
      },
    },
  })
  await app.run()
}
