import { defineConfig } from "tsup"

export default defineConfig({
  entry: { index: "src/index.ts", lowlevel: "src/lowlevel.ts" },
  format: ["esm", "cjs"],
  target: "node20",
  platform: "neutral",
  dts: true,
  sourcemap: true,
  clean: true,
})
