import { defineConfig } from "vitest/config";

// The words of the pages are the tests' words, too: a test never has its own copy of them.
export default defineConfig({
  resolve: { alias: { "@": new URL("../../web/src", import.meta.url).pathname } },
  test: {
    include: ["*.test.ts"],
    environment: "node",
    reporters: ["verbose"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
