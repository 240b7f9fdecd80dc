// Turns grammar/selector.peggy into src/labels/grammar.ts (git-ignored).
// peggy emits JavaScript; the typed wrapper in src/labels is the only importer.
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import peggy from "peggy";
import { optimize } from "./optimize.mjs";

const source = new URL("selector.peggy", import.meta.url);
const target = new URL("../src/labels/grammar.ts", import.meta.url);

const modified = async (url) => (await stat(url).catch(() => undefined))?.mtimeMs ?? 0;
const optimizer = new URL("optimize.mjs", import.meta.url);
const inputs = [source, optimizer, new URL(import.meta.url)];
const newest = Math.max(...(await Promise.all(inputs.map(modified))));

if ((await modified(target)) < newest) {
  const code = peggy.generate(await readFile(source, "utf8"), {
    output: "source",
    format: "es",
    grammarSource: "grammar/selector.peggy",
  });
  await mkdir(new URL(".", target), { recursive: true });
  await writeFile(target, `// @ts-nocheck\n${optimize(code)}`);
}
