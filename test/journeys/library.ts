// Someone who uses the library: installs the package, evaluates selectors, compiles and tests against it.
import { readFileSync } from "node:fs";
import { Journey } from "./journey.ts";

const readme = readFileSync("README.md", "utf8");
const section = readme.slice(
  readme.indexOf("## As a library"),
  readme.indexOf("## Beside other tools"),
);

const journey = await Journey.begin("a library user");
journey.reads("README.md, As a library", section);
journey.writes("package.json", '{ "name": "rules", "private": true, "type": "module" }\n');
await journey.does(
  'npm install --silent --no-audit --no-fund "$KUBELANE_JOURNEY_TARBALL" typescript@6 @types/node@20 vitest@4.1.12 fast-check@4 && ls node_modules',
  /^kubelane$/m,
);
for (const [, code = ""] of section.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
  const name = /from "kubelane\/?(\w*)"/.exec(code)?.[1] || "engine";
  journey.writes(
    `src/${code.includes("fast-check") ? "properties" : name}.ts`,
    code.replace('"examples/', `"${process.cwd()}/examples/`),
  );
}
journey.writes(
  "tsconfig.json",
  '{ "compilerOptions": { "strict": true, "module": "nodenext", "target": "es2022", "outDir": "dist", "rootDir": "src", "types": ["node"] }, "include": ["src"] }\n',
);
await journey.does("npx tsc", /^$/);
await journey.does("node dist/labels.js", /^true\n!legacy,tier in \(api,web\)\n5 im\n$/);
await journey.does("node dist/properties.js", /^the Service takes every canary$/m);
await journey.does("node dist/engine.js", /^true\nNOERROR\n$/);
journey.writes(
  "vitest.config.js",
  'export default { test: { setupFiles: ["kubelane/testing/vitest"] } };\n',
);
journey.writes(
  "rules.test.js",
  `import { expect, test } from "vitest";
test("the pod is the Service's", () => expect({ metadata: { labels: { app: "web" } } }).toMatchSelector("app=web"));
`,
);
await journey.does("npx vitest run --no-color", /Tests {2}1 passed/);
await journey.end();
