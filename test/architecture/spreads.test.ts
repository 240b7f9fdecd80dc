import { readFileSync } from "node:fs";
import { relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { SRC, sourceFiles } from "./source-files.ts";

/** What takes each element of a list as an argument of its own. */
const TAKES_EACH = /(\.(push|unshift|splice|fromCharCode)|^Math\.(min|max))$/;

/** Lists that nobody outside can make longer. */
const FIXED = ["store/uid.ts String.fromCharCode"];

it("passes no list of unknown length as arguments: some 100,000 of them overflow the stack", () => {
  const found = sourceFiles(SRC).flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const places: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.arguments.some(ts.isSpreadElement)) {
        const callee = node.expression.getText();
        if (TAKES_EACH.test(callee)) places.push(`${relative(SRC, file)} ${callee}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
    return places;
  });
  expect(found).toEqual(FIXED);
});
