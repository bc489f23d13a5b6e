// A small program must stay small: bundled, minified and compressed as a browser would get it.
import { build } from "esbuild"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { root } from "./pack.mjs"

const limitBytes = 19_100

const program = `
  import { channel, run, tasklet } from "./packages/core/dist/index.js"
  const flower = channel()
  tasklet(function* () { console.log(yield* flower.receive()) })
  tasklet(function* () { yield* flower.send("a bee") })
  run()
`

const { outputFiles, metafile } = await build({
  stdin: { contents: program, resolveDir: join(root) },
  bundle: true,
  minify: true,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  write: false,
  metafile: true,
})
const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length
const plain = outputFiles[0].contents.length
console.log(`A program with tasklet, channel and run: ${bytes} bytes compressed (${plain} minified), at most ${limitBytes} allowed.`)
if (bytes > limitBytes) {
  const inputs = Object.values(metafile.outputs)[0].inputs
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) console.error(`  ${bytesInOutput} bytes minified from ${path}`)
  process.exitCode = 1
}
