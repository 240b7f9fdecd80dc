import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { SRC, sourceFiles } from "./source-files.ts";

interface Module {
  readonly path: string;
  readonly exported: readonly string[];
  readonly imports: readonly string[];
}

/** Generated: Kubernetes' own names, each of which a file of `objects` passes on. */
const TABLES = "objects/tables/";

/** Two that are one thing on either side, and are used in no file together. */
const TWINS = [
  "RequestHead: proxy/http1/request-head.ts, proxy/http2/request-head.ts",
  // The SETTINGS of HTTP/2, by their name in RFC 9113.
  "Settings: dns/options.ts, proxy/http2/settings.ts",
  "joinedValues: proxy/http1/field-values.ts, proxy/http2/header-section.ts",
];

function declared(statement: ts.Statement): readonly string[] {
  const { modifiers } = statement as { readonly modifiers?: ts.NodeArray<ts.ModifierLike> };
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as { readonly name?: ts.Identifier };
  return name === undefined ? [] : [name.getText()];
}

function read(file: string): Module {
  const text = readFileSync(file, "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const imports = ts.preProcessFile(text, true, true).importedFiles;
  return {
    path: relative(SRC, file),
    exported: [...new Set(source.statements.flatMap(declared))],
    imports: imports
      .filter(({ fileName }) => fileName.startsWith("."))
      .map(({ fileName }) => relative(SRC, resolve(join(file, ".."), fileName))),
  };
}

const folderOf = (path: string) => path.split("/")[0];

/** Names that two files declare, where one of them is in a folder that knows the other file. */
function shared(modules: readonly Module[]): string[] {
  const seenIn = new Map<string, Set<string | undefined>>();
  for (const { path, imports } of modules) {
    for (const to of [path, ...imports]) {
      const folders = seenIn.get(to) ?? new Set();
      seenIn.set(to, folders.add(folderOf(path)));
    }
  }
  const files = new Map<string, string[]>();
  for (const { path, exported } of modules) {
    for (const name of exported) files.set(name, [...(files.get(name) ?? []), path]);
  }
  const found: string[] = [];
  for (const [name, paths] of files) {
    for (const [i, a] of paths.entries()) {
      for (const b of paths.slice(i + 1)) {
        const meet = seenIn.get(a)?.has(folderOf(b)) || seenIn.get(b)?.has(folderOf(a));
        if (meet) found.push(`${name}: ${[a, b].sort().join(", ")}`);
      }
    }
  }
  return found.sort();
}

describe("a name", () => {
  it("means one thing in a folder: what it declares is called otherwise than what it imports", () => {
    const modules = sourceFiles(SRC).map(read);
    expect(shared(modules.filter(({ path }) => !path.startsWith(TABLES)))).toEqual(TWINS);
  });

  it("that means two things is found, in one folder or in two of which one imports the other", () => {
    const modules = [
      { path: "a/one.ts", exported: ["Same", "Apart"], imports: [] },
      { path: "a/two.ts", exported: ["Same"], imports: [] },
      { path: "b/three.ts", exported: ["Apart"], imports: ["c/far.ts"] },
      { path: "c/far.ts", exported: ["Far"], imports: [] },
      { path: "b/own.ts", exported: ["Far"], imports: [] },
    ];
    expect(shared(modules)).toEqual(["Far: b/own.ts, c/far.ts", "Same: a/one.ts, a/two.ts"]);
  });
});
