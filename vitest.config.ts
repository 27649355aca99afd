import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    setupFiles: ["test/support/allclose.ts"],
    // The README's example takes most of a minute on two free cores; on a busy machine several.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    projects: [
      // These take longest, and begin first: projects run in the order of their names.
      { extends: true, test: { name: "end-to-end", include: ["test/**/*.test.ts"] } },
      // Nothing in src/ has global state, so its modules are loaded once for all of its tests.
      { extends: true, test: { name: "unit", include: ["src/**/*.test.ts"], isolate: false } },
    ],
  },
});
