import actors = require("@vivarium/actors")
import supervision = require("@vivarium/supervision")
import core = require("@vivarium/core")

const flower = core.channel<number>()
core.tasklet(function* () {
  const nectar: number = yield* flower.receive()
  console.log(nectar)
})

class Bee extends actors.Actor {
  fly(): string {
    return "buzz"
  }
}
export const buzz: PromiseLike<string> = new actors.System().spawn(Bee).call.fly()
export const tree: supervision.Tree<supervision.SupervisorRef> = supervision.supervisor({ children: [supervision.child(Bee)] })
