import { defineConfig } from "vitest/config";

// The words of the pages are the tests' words, too: a test never has its own copy of them.
export default defineConfig({
  resolve: { alias: { "@": new URL("../../web/src", import.meta.url).pathname } },
  test: {
    include: ["*.test.ts"],
    environment: "node",
    reporters: ["verbose"],
    // What is waited for has limits of its own; these end what hangs, also on a busy machine.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    expect: { poll: { interval: 25, timeout: 15_000 } },
    teardownTimeout: 20_000,
  },
});
