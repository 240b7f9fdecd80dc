// Bundles the command line into one CommonJS file, `dist/bin/cli.cjs`: `node bundle/bundle.mjs [DIST]`, after `tsc`.
//
// A command loads 600 modules otherwise, which takes longer than what it does with them. CommonJS, because
// Node 20 has a code cache for scripts only, not for ECMAScript modules: see docs/adr and src/bin/kubelane.cts.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { licences } from "./licences.mjs";

const root = resolve(import.meta.dirname, "..");
const dist = resolve(process.argv[2] ?? join(root, "dist"));
const out = join(dist, "bin");

/**
 * A module that asks for its own address gets that of its file in `dist`, not the bundle's: programs and
 * files that are found relative to a module lie beside the unbundled one.
 */
const ownAddress = {
  name: "own-address",
  setup({ onLoad }) {
    onLoad({ filter: /\/dist\/.*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!text.includes("import.meta.url")) return undefined;
      const place = JSON.stringify(relative(out, path));
      const address = `require("node:url").pathToFileURL(require("node:path").join(__dirname, ${place})).href`;
      return { contents: text.replaceAll("import.meta.url", address), loader: "js" };
    });
  },
};

const { outputFiles, metafile } = await build({
  entryPoints: [join(dist, "cli/main.js")],
  outfile: join(out, "cli.cjs"),
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  // Reading Latin-1 is faster than decoding UTF-8.
  charset: "ascii",
  // Not minified: Node shows the line in which something was thrown, and people read stack traces.
  legalComments: "none",
  sourcemap: "linked",
  sourcesContent: false,
  plugins: [ownAddress],
  logOverride: { "empty-import-meta": "error" },
  metafile: true,
  write: false,
});

// A script that comes from V8's code cache can't import at run time: load built-in modules statically.
const late = Object.values(metafile.outputs).flatMap(({ imports }) =>
  imports.filter(({ kind }) => kind === "dynamic-import").map(({ path }) => path),
);
if (late.length > 0) throw new Error(`imported when it runs: ${late.join(", ")}`);

for (const { path, contents, text } of outputFiles) {
  if (path.endsWith(".map")) {
    await writeFile(path, contents);
    continue;
  }
  // The first line names the contents, so that the code cache of another build is never taken for this one's:
  // V8 itself compares only the length.
  const code = text.replace(/^#!.*\n/, "");
  const digest = createHash("sha256").update(code).digest("hex").slice(0, 16);
  await writeFile(path, `/*${digest}*/${code}`, "latin1");
}
const packages = new Set(
  Object.keys(metafile.inputs).flatMap((input) => {
    const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(relative(root, resolve(input)));
    return match === null ? [] : [match[1]];
  }),
);
await writeFile(
  join(out, "LICENSES.txt"),
  await licences([...packages].sort(), join(root, "node_modules")),
);
