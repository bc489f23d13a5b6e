import core = require("@vivarium/core")

const flower = core.channel<number>()
core.tasklet(function* () {
  const nectar: number = yield* flower.receive()
  console.log(nectar)
})
