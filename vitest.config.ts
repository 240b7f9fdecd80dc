import { defineConfig } from "vitest/config";

/** Tests that run what users run: `dist`, built before them. */
const built = [
  "test/browser/**/*.test.ts",
  "test/cli/**/*.test.ts",
  "test/package/**/*.test.ts",
  "test/examples/**/*.test.ts",
];

/**
 * Faults are injected for minutes: `KUBELANE_FAULTS=3000 npx vitest run test/faults`; and with each handler taken out
 * for half an hour: `KUBELANE_FAULT_HANDLERS=. npx vitest run test/faults/handlers`.
 */
const faults = ["test/faults/**/*.test.ts"];

/** Its program takes minutes to build: `KUBELANE_TEST_K9S=PROGRAM npx vitest run test/api/clients/k9s`. */
const k9s = process.env["KUBELANE_TEST_K9S"] === undefined ? ["test/api/clients/k9s.test.ts"] : [];
const long = [
  ...(process.env["KUBELANE_FAULTS"] === undefined ? [] : ["test/faults/faults.test.ts"]),
  ...(process.env["KUBELANE_FAULT_HANDLERS"] === undefined ? [] : ["test/faults/handlers.test.ts"]),
];

export default defineConfig({
  test: {
    setupFiles: ["test/support/seed.ts"],
    // A test that hangs is found by these, and by nothing else: on a machine that does much besides, half a minute of
    // computing takes minutes.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // What runs concurrently within a file waits, mostly.
    maxConcurrency: 20,
    // A second, the default, is short on a busy machine.
    expect: { poll: { timeout: 120_000 } },
    coverage: { include: ["src/**"], exclude: ["src/labels/grammar.ts"] },
    projects: [
      {
        extends: true,
        test: {
          name: "source",
          include: ["test/**/*.test.ts"],
          exclude: [...built, ...faults, ...k9s],
        },
      },
      {
        extends: true,
        test: {
          name: "built",
          include: [...built, ...long],
          globalSetup: ["test/support/build.ts"],
        },
      },
    ],
  },
});
