// The gateway sends "x.br" and "x.gz" for "x" to whoever takes them: made once, here.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Plugin } from "vite";

const SIZE_MIN = 1024;
const forms = [
  { ending: ".br", compress: promisify(brotliCompress) },
  { ending: ".gz", compress: promisify(gzip) },
];

async function compressFile(path: string): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length < SIZE_MIN) return;
  await Promise.all(forms.map(async ({ ending, compress }) => writeFile(path + ending, await compress(bytes))));
}

export function compress(): Plugin {
  let folder = "dist";
  return {
    name: "compress",
    apply: "build",
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    closeBundle: async () => {
      const entries = await readdir(folder, { recursive: true });
      await Promise.all(
        entries.filter((name) => /\.(js|css|html|svg)$/.test(name)).map((name) => compressFile(join(folder, name))),
      );
    },
  };
}
