import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readDocuments } from "../../src/manifests/read-documents.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { describeWith } from "../support/tools.ts";
import { generateTexts, TEXTS } from "./kubectl-texts.ts";

/** A document as kubectl reads it: its value, or the error behind which it reads nothing more. */
interface KubectlDocument {
  readonly value?: unknown;
  readonly error?: string;
}

const RECORDED = new URL("../fixtures/manifests/kubectl-documents.json.gz", import.meta.url);
const GENERATED = 500;

describe("texts are the documents that they are to kubectl", () => {
  const recorded = JSON.parse(gunzipSync(readFileSync(RECORDED)).toString()) as {
    readonly generated: readonly string[];
    readonly documents: readonly (readonly KubectlDocument[])[];
  };

  test(`${TEXTS.length} at the edges, and ${GENERATED} generated ones, as recorded`, () => {
    const texts = [...TEXTS, ...recorded.generated];
    expect(recorded.generated).toHaveLength(GENERATED);
    expect(recorded.documents).toHaveLength(texts.length);
    expect(differences(texts, recorded.documents)).toEqual([]);
  });
});

describeWith(["go"], "kubectl's own reader and ours agree", () => {
  test("on texts that are new each time, and on this repository's", { timeout: 600_000 }, () => {
    const program = buildProgram(temporaryFolder());
    if (process.env["RECORD"] !== undefined) record(program);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const texts = [...TEXTS, ...generateTexts(3000, seed), ...filesOfRepository()];
    expect(differences(texts, askKubectl(program, texts)), `seed ${seed}`).toEqual([]);
  });
});

function differences(
  texts: readonly string[],
  expected: readonly (readonly KubectlDocument[])[],
): object[] {
  return texts.flatMap((text, i) => {
    const difference = compare(expected[i]!, read(text));
    return difference === undefined ? [] : [{ text: text.slice(0, 500), ...difference }];
  });
}

function read(text: string): KubectlDocument[] {
  const documents: KubectlDocument[] = [];
  for (const { value, problems } of readDocuments(text)) {
    const error = problems.find(({ severity }) => severity === "error");
    if (error !== undefined) documents.push({ error: error.message });
    else if (value !== null) documents.push({ value: JSON.parse(JSON.stringify(value)) });
  }
  return documents;
}

/**
 * kubectl reads nothing behind an error, and forgets the document before an invalid separator; we go on
 * with the next document.
 */
function compare(
  kubectl: readonly KubectlDocument[],
  ours: readonly KubectlDocument[],
): object | undefined {
  const theirEnd = kubectl.findIndex(({ error }) => error !== undefined);
  const ourEnd = ours.findIndex(({ error }) => error !== undefined);
  if (theirEnd < 0 !== ourEnd < 0) return { kubectl: kubectl[theirEnd], ours: ours[ourEnd] };
  const compared =
    theirEnd < 0 ? Math.max(kubectl.length, ours.length) : Math.min(theirEnd, ourEnd);
  for (let i = 0; i < compared; i++) {
    const [theirs, own] = [
      JSON.stringify(sorted(kubectl[i]?.value)),
      JSON.stringify(sorted(ours[i]?.value)),
    ];
    if (theirs !== own) return { kubectl: theirs, ours: own };
  }
  return undefined;
}

/** With the keys in the order of Go's JSON. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const);
  // Arrays of pairs: keys such as __proto__ and 1 keep their place.
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

function buildProgram(folder: string): string {
  const program = join(folder, "kubectl-yaml");
  const source = fileURLToPath(new URL("go", import.meta.url));
  execFileSync("go", ["build", "-o", program, "."], { cwd: source, stdio: "pipe" });
  return program;
}

function askKubectl(program: string, texts: readonly string[]): KubectlDocument[][] {
  const input = texts.flatMap((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  const output = execFileSync(program, { input: Buffer.concat(input), maxBuffer: 2 ** 28 });
  return output
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as KubectlDocument[]);
}

function filesOfRepository(): string[] {
  const files: string[] = [];
  for (const folder of ["../../examples/", "../fixtures/"]) {
    const root = fileURLToPath(new URL(folder, import.meta.url));
    for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
      if (/\.(?:ya?ml|json)$/.test(name)) files.push(readFileSync(join(root, name), "utf8"));
    }
  }
  return files;
}

/** Writes down what kubectl says, for machines without Go. */
function record(program: string): void {
  const generated = generateTexts(GENERATED, 2026);
  const documents = askKubectl(program, [...TEXTS, ...generated]);
  writeFileSync(RECORDED, gzipSync(JSON.stringify({ generated, documents }), { level: 9 }));
}
