import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compress } from "./compress.ts";

// `npm run dev` shows changes at once, with the API of a running system.
const api = process.env.MYEVENTS_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  plugins: [react(), tailwindcss(), compress()],
  build: {
    target: "es2023",
    // The policy of the pages knows no data: URLs but for images.
    assetsInlineLimit: 0,
    // The gateway knows a hash by its digits, and among so many there is one.
    rolldownOptions: {
      output: {
        hashCharacters: "hex",
        entryFileNames: "assets/[name]-[hash:12].js",
        chunkFileNames: "assets/[name]-[hash:12].js",
        assetFileNames: "assets/[name]-[hash:12][extname]",
      },
    },
  },
  server: { proxy: { "/v1": api, "/openapi.json": api } },
  // What takes a second here may take many on a busy machine.
  test: { include: ["src/**/*.test.ts"], environment: "node", testTimeout: 60_000 },
});
