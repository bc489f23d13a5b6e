import { defineConfig } from "tsup"

export default defineConfig({
  entry: { index: "src/index.ts", fault: "src/fault-point.ts", "fast-check": "src/fast-check.ts", "node-test": "src/node-test.ts", vitest: "src/vitest.ts" },
  format: ["esm", "cjs"],
  target: "node20",
  platform: "node",
  // Without its prefix, node:test is not found.
  removeNodeProtocol: false,
  // Disposables are used in the types; a project need not have asked for their library.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  // One copy of what the entries share, as CJS too.
  splitting: true,
  sourcemap: true,
  clean: true,
})
