/** The chat. With a port it serves there until it is stopped; without one it shows itself. */
import { named } from "@vivarium/actors"
import { type Application, application } from "@vivarium/supervision"
import { parseArgs } from "node:util"
import { demonstrate } from "./demonstration.ts"
import { Directory } from "./directory.ts"
import { ChatServer } from "./server.ts"
import { chat } from "./service.ts"
import { byDefault } from "./settings.ts"

const { values } = parseArgs({ options: { port: { type: "string" }, host: { type: "string", default: byDefault.host }, crash: { type: "boolean", default: false } } })

if (values.port === undefined) await demonstrate()
else {
  const settings = { ...byDefault, host: values.host, port: Number(values.port), crashes: values.crash }
  const app: Application = application({
    name: "chat",
    top: () => chat(settings, new Directory(app.system, settings)),
    phases: {
      *open() {
        const { host, port } = yield* named(ChatServer, "server", { system: app.system }).call.address()
        console.log(`The chat is open. Come in by: nc ${host} ${port}`)
      },
    },
  })
  await app.run()
}
