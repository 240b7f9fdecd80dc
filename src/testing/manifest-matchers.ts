import { checkSet } from "../checks/check-set.ts";
import { suppress } from "../checks/suppression.ts";
import { formatDiagnostic } from "../diagnostics/format.ts";
import { sortDiagnostics } from "../diagnostics/order.ts";
import { SourceLines } from "../diagnostics/source-lines.ts";
import { readManifest } from "../manifests/read-manifest.ts";
import type { MatcherResult } from "./matchers.ts";

/** The matcher's type, to merge into the test runner's own. */
export interface ManifestMatchers<R = unknown> {
  /** `kubelane check` finds nothing in the manifests; findings of the rules named don't count. */
  toPassCheck(...ignored: readonly string[]): R;
}

/** How findings name a text that has no file. */
const FILE = "manifests";

/**
 * Passes when nothing is wrong with the manifests, each by itself and all together; fails with the findings.
 * For `expect.extend` of vitest and jest.
 * @param received YAML or JSON text, any number of documents.
 */
export function toPassCheck(received: unknown, ...ignored: readonly string[]): MatcherResult {
  if (typeof received !== "string") throw new TypeError("expected the text of manifests");
  const reading = readManifest(received, FILE);
  const all = suppress(
    [...reading.diagnostics, ...checkSet(reading.objects, reading)],
    new Map([[FILE, received]]),
  );
  const found = sortDiagnostics(all.filter(({ rule }) => !ignored.includes(rule)));
  const lines = new SourceLines(received);
  const texts = found.map((each) => formatDiagnostic(each, { linesOf: () => lines }));
  const pass = found.length === 0;
  const sentence = `expected the manifests ${pass ? "not " : ""}to pass kubelane check`;
  return { pass, message: () => [sentence, ...texts].join("\n") };
}

/** `expect.extend(manifestMatchers)` */
export const manifestMatchers: { readonly toPassCheck: typeof toPassCheck } = { toPassCheck };
