// Builds the page that browsers get of a gateway, `dist/page/app`: `node bundle/page.mjs [DIST]`. Its source is
// src/page/app; what it needs is in the files, so that no request leaves the machine.
import { writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { build } from "vite";
import { licences } from "./licences.mjs";

const root = resolve(import.meta.dirname, "..");
const dist = resolve(process.argv[2] ?? join(root, "dist"));
const outDir = join(dist, "page/app");

const packages = new Set();
/** Notes whose code goes into a file, for the licences. */
const notePackages = {
  name: "note-packages",
  generateBundle(_options, files) {
    for (const { modules = {} } of Object.values(files)) {
      for (const id of Object.keys(modules)) {
        const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(relative(root, id));
        if (match !== null) packages.add(match[1]);
      }
    }
  },
};

// Whoever builds: vite leaves out what helps developers only where this says so, and tests say something else.
process.env.NODE_ENV = "production";

await build({
  configFile: false,
  root: join(root, "src/page/app"),
  base: "/",
  logLevel: "warn",
  publicDir: false,
  // A tenth of the page otherwise, for selectors that are read once.
  resolve: { alias: { "lru-cache": join(root, "src/page/app/no-cache.ts") } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2022",
    // Those that know light-dark(): of 2024 and later.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // An inlined file would be a script or style that the content security policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es", plugins: () => [notePackages] },
  plugins: [notePackages],
});
await writeFile(
  join(outDir, "LICENSES.txt"),
  await licences([...packages].sort(), join(root, "node_modules")),
);
