import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const EXAMPLES = resolve(import.meta.dirname, "../../examples");

it("examples/README.md names every example, and no other", () => {
  const readme = readFileSync(join(EXAMPLES, "README.md"), "utf8");
  const named = [...readme.matchAll(/^\| \[([^\]]+)\]\(\1\) \|/gm)].map(([, name]) => name);
  const folders = readdirSync(EXAMPLES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(named.toSorted()).toEqual(folders.toSorted());
});
