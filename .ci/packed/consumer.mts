import { channel, run, tasklet } from "@vivarium/core"
import * as lowlevel from "@vivarium/core/lowlevel"

const flower = channel<string>()
const visit = tasklet(function* () {
  const bee: string = yield* flower.receive()
  return bee.length
})
tasklet(function* () {
  yield* flower.send("Ada")
})
run()
export const length: Promise<number> = Promise.resolve(visit)
export { lowlevel }
