import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const BIN = resolve(import.meta.dirname, "../../dist/bin");

/** A place where an error is taken care of. */
export interface Handler {
  /** `proxy/gateway.js:111 error`: the compiled file, its line, and what stands there. */
  readonly name: string;
  /** In the bundle. */
  readonly from: number;
  readonly to: number;
  /** What stands there without it: errors go where they would without the handler. */
  readonly without: string;
}

/** Listeners of `error`, handlers of rejections, and handlers of exceptions. */
const KINDS: readonly (readonly [kind: string, pattern: RegExp, without: string])[] = [
  ["error", /\.(?:on|once)\("error",/g, `.on("no error",`],
  ["rejection", /\.catch\(/g, ".finally("],
  ["exception", /\bcatch(?: \((\w+)\))? \{/g, "catch (mutant) { throw mutant;"],
];

/** What a serving process is made of. */
const SERVING = /^(?:dns|proxy|runtime|sources|control|engine|net)\/|^cli\/process-context/;

/** Of it, what the scene of the faults has not: clusters, other commands, programs that use the library. */
const ELSEWHERE =
  /^(?:sources\/(?:cluster|program-watcher)|control\/(?:request|follow|client|ended)|engine\/(?:in-process|exec|api|local-network|mirror-claim)|proxy\/proxy-server)/;

/** Every handler of the built command line in the modules that serve. */
export function handlers(): Handler[] {
  const code = readFileSync(join(BIN, "cli.cjs"), "latin1");
  const map = new SourceMap(JSON.parse(readFileSync(join(BIN, "cli.cjs.map"), "utf8")));
  const lines = [0];
  for (let end = code.indexOf("\n"); end >= 0; end = code.indexOf("\n", end + 1))
    lines.push(end + 1);
  const found: Handler[] = [];
  for (const [kind, pattern, without] of KINDS) {
    for (const { 0: text, index } of code.matchAll(pattern)) {
      const line = lines.findLastIndex((start) => start <= index);
      const entry = map.findEntry(line, index - (lines[line] ?? 0));
      if (!("originalSource" in entry) || entry.originalSource === undefined) continue;
      const file = entry.originalSource.replace(/^(?:\.\.\/)+/, "");
      if (!SERVING.test(file) || ELSEWHERE.test(file)) continue;
      const name = `${file}:${entry.originalLine + 1} ${kind}`;
      found.push({
        name,
        from: index,
        to: index + text.length,
        without: withBinding(text, without),
      });
    }
  }
  return found;
}

/** A handler that reads its exception still finds it. */
function withBinding(text: string, without: string): string {
  const name = /^catch \((\w+)\)/.exec(text)?.[1];
  return name === undefined ? without : without.replaceAll("mutant", name);
}

/** The built command line without one handler. */
export class Mutant implements Disposable {
  readonly program: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "kubelane-mutant-"));

  constructor({ from, to, without }: Handler) {
    const bin = join(this.#folder, "dist", "bin");
    cpSync(BIN, bin, { recursive: true, filter: (path) => !path.endsWith(".map") });
    const code = readFileSync(join(BIN, "cli.cjs"), "latin1");
    // What V8 kept of another build must not be taken for this one's.
    const digest = `${from}`.padStart(16, "f");
    const mutated = code.slice(0, from) + without + code.slice(to);
    writeFileSync(join(bin, "cli.cjs"), mutated.replace(/^\/\*\w{16}/, `/*${digest}`), "latin1");
    cpSync(resolve(BIN, "../../package.json"), join(this.#folder, "package.json"));
    this.program = join(bin, "kubelane.cjs");
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
