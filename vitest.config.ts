import { defaultClientConditions, defaultServerConditions } from "vite"
import { defineConfig } from "vitest/config"

// Tests run the sources, never a dist that may be stale. For Node projects `ssr.resolve` decides, and
// setting conditions replaces Vite's own, so those are repeated.
const source = "@vivarium/source"
const serverConditions = [source, ...defaultServerConditions]

export default defineConfig({
  resolve: { conditions: [source, ...defaultClientConditions] },
  ssr: { resolve: { conditions: serverConditions, externalConditions: serverConditions } },
  test: {
    // .ci/run counts the tests from the file that the second one writes.
    reporters: process.env["CI"] === "true" ? ["default", "json"] : ["default"],
    coverage: { include: ["packages/*/src/**/*.ts"], exclude: ["packages/bench/**"] },
    projects: [
      {
        extends: true,
        test: {
          name: "packages",
          include: ["packages/*/test/**/*.test.ts"],
          typecheck: { enabled: true, include: ["packages/*/test/**/*.test-d.ts"], tsconfig: "./tsconfig.json" },
        },
      },
      {
        extends: true,
        test: { name: "cross", include: ["test/**/*.test.ts"], maxConcurrency: 2 },
      },
    ],
  },
})
