// The tables of test/fixtures/selectors: what k8s.io/apimachinery v0.36.3 itself answered.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export interface Requirements {
  key: string;
  op: string;
  values: string[];
}

export interface LabelProbe {
  labels: Record<string, string>;
  match: boolean;
}

/** Every line of a table; those with a NUL in their text are left out, a documented departure. */
export function corpus<T extends { in: unknown }>(name: string): T[] {
  const packed = readFileSync(new URL(`../fixtures/selectors/${name}.jsonl.gz`, import.meta.url));
  const lines = gunzipSync(packed).toString("utf8").trimEnd().split("\n");
  const cases = lines.map((line) => JSON.parse(line) as T);
  return cases.filter(({ in: text }) => typeof text !== "string" || !text.includes("\0"));
}

/** The result of `read`, or the error it throws. */
export function attempt<T>(read: () => T): { value: T } | { error: unknown } {
  try {
    return { value: read() };
  } catch (error) {
    return { error };
  }
}
