import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { circles } from "./circles.ts";
import { SRC, sourceFiles } from "./source-files.ts";

/** Left to right: a module imports only from further left, and not from its neighbours in the same place. */
const ORDER = [
  ["labels", "net", "certificates", "spdy"],
  ["diagnostics"],
  ["objects"],
  ["manifests", "store"],
  ["routes"],
  ["controllers"],
  ["checks"],
  ["dns", "balancer", "policies"],
  ["view"],
  ["proxy"],
  ["network"],
  ["sources", "runtime"],
  ["api"],
  ["engine"],
  ["index", "control"],
  ["register", "shell", "testing", "page"],
  ["cli"],
  ["bin"],
];

/** Each package has one importing place. */
const IMPORTERS: Record<string, readonly string[]> = {
  httpxy: ["proxy"],
  yaml: ["manifests"],
  commander: ["cli"],
  chokidar: ["sources"],
  ignore: ["sources"],
  picomatch: ["sources"],
  "string-width": ["cli"],
  "ipaddr.js": ["net"],
  "lru-cache": ["labels", "dns", "balancer", "proxy", "api"],
  re2js: ["routes"],
  "fast-json-patch": ["api"],
  "@marcbachmann/cel-js": ["api"],
  ws: ["api", "sources"],
  "https-proxy-agent": ["sources"],
  "proxy-from-env": ["sources"],
  "socks-proxy-agent": ["sources"],
  "protobufjs/minimal.js": ["api"],
  "@peculiar/x509": ["certificates"],
  "reflect-metadata": ["certificates"],
  "fast-check": ["testing"],
  vitest: ["testing"],
  preact: ["page/app"],
  "preact/hooks": ["page/app"],
  "@preact/signals": ["page/app"],
  "@dagrejs/dagre": ["page/app"],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const imports: Import[] = sourceFiles(SRC).flatMap((file) => {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"), true, true);
  return importedFiles.map(({ fileName }) => ({
    from: relative(SRC, file),
    to: fileName.startsWith(".")
      ? relative(SRC, resolve(join(file, ".."), fileName))
      : `package:${fileName}`,
  }));
});

const moduleOf = (path: string) => path.split("/")[0]!.replace(/\.ts$/, "");
const rankOf = (module: string) => ORDER.findIndex((place) => place.includes(module));

describe("the import order of the modules", () => {
  it("knows every module", () => {
    const unknown = new Set(imports.map(({ from }) => moduleOf(from)).filter((m) => rankOf(m) < 0));
    expect([...unknown]).toEqual([]);
  });

  it("lets data flow one way", () => {
    const wrong = imports.filter(({ from, to }) => {
      if (to.startsWith("package:") || moduleOf(from) === moduleOf(to)) return false;
      return rankOf(moduleOf(to)) >= rankOf(moduleOf(from));
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("gives every package one importing place", () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!to.startsWith("package:") || to.startsWith("package:node:")) return false;
      const allowed = IMPORTERS[to.slice("package:".length)] ?? [];
      return !allowed.some((place) => from.startsWith(`${place}/`) || from.startsWith(`${place}.`));
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("keeps the terminal to the command line", () => {
    const printing = sourceFiles(SRC)
      .filter((file) => moduleOf(relative(SRC, file)) !== "cli")
      .filter((file) => /\bconsole\.|process\.std(out|err)\b/.test(readFileSync(file, "utf8")));
    expect(printing.map((file) => relative(SRC, file))).toEqual([]);
  });

  it("has no drawers", () => {
    const drawers = sourceFiles(SRC).filter((file) =>
      /(^|\/)(utils?|helpers?|common|manager|types|misc)(\.ts|\/)/.test(relative(SRC, file)),
    );
    expect(drawers.map((file) => relative(SRC, file))).toEqual([]);
  });
});

describe("imports", () => {
  it("never lead back to where they began, those of types included", () => {
    const byFile = new Map(sourceFiles(SRC).map((file) => [relative(SRC, file), [] as string[]]));
    for (const { from, to } of imports) byFile.get(from)?.push(to);
    expect(circles(byFile)).toEqual([]);
  });

  it("that do are found", () => {
    const loops = {
      a: ["b", "d"],
      b: ["c"],
      c: ["a"],
      d: ["e"],
      e: [],
      f: ["f"],
      g: ["h"],
      h: ["g"],
    };
    expect(circles(new Map(Object.entries(loops)))).toEqual([["a", "b", "c"], ["f"], ["g", "h"]]);
  });
});
