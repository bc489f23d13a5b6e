// The program that each module system runs with the copy of the package that it has loaded.
const assert = require("node:assert/strict")

exports.visit = function visit({ channel, run, tasklet }) {
  const flower = channel()
  const visited = []
  tasklet(function* () {
    for (let visits = 0; visits < 3; visits += 1) visited.push(yield* flower.receive())
  })
  for (const bee of ["Ada", "Bea", "Cleo"]) {
    tasklet(function* () {
      yield* flower.send(bee)
    })
  }
  run()
  assert.deepEqual(visited, ["Ada", "Bea", "Cleo"])
}
