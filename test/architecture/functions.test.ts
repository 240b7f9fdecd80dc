import { readFileSync } from "node:fs";
import { relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { SRC, sourceFiles } from "./source-files.ts";

/** Lines of a function, with those of the functions inside it: more than one screen is not read as one thought. */
const MOST = 95;

/** The parser is generated from the grammar. */
const GENERATED = ["labels/grammar.ts"];

function longFunctions(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const first = lineOf(node.getStart(source));
      const lines = lineOf(node.end) - first + 1;
      if (lines > MOST) found.push(`${file}:${first + 1} has ${lines} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

it(`has no function of more than ${MOST} lines`, () => {
  const long = sourceFiles(SRC)
    .map((file) => [relative(SRC, file), readFileSync(file, "utf8")] as const)
    .filter(([file]) => !GENERATED.includes(file))
    .flatMap(([file, text]) => longFunctions(file, text));
  expect(long).toEqual([]);
});

it("counts methods, arrow functions and functions in functions", () => {
  const body = "\n".repeat(MOST);
  const text = `class A { m() {${body}} }\nconst f = () => {${body}};\nfunction g() { function h() {${body}} }\n`;
  expect(longFunctions("a.ts", text)).toEqual([
    "a.ts:1 has 96 lines",
    "a.ts:97 has 96 lines",
    "a.ts:193 has 96 lines",
    "a.ts:193 has 96 lines",
  ]);
});
