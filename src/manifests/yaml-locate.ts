import { isMap, isPair, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { resolvePlain } from "./plain-scalar.ts";
import { isMergeKey, offsetOf } from "./yaml-value.ts";

/**
 * Where a field stands in a document, as an offset: its value, or with `at: "key"` its name. For a
 * field that is not written, the name of the nearest one around it.
 */
export function locateInYaml(
  root: Node | null,
  path: FieldPath,
  at: "key" | "value" = "value",
): number {
  if (root === null) return 0;
  let node: Node | null = root;
  let found = offsetOf(root);
  for (const [i, step] of path.entries()) {
    const last = i === path.length - 1;
    if (isSeq(node) && typeof step === "number") {
      const item: unknown = node.items[step];
      if (item === undefined) return found;
      node = isPair(item) ? (item.value as Node | null) : (item as Node);
      found = offsetOf(isPair(item) ? (item.key as Node) : (item as Node));
    } else if (isMap(node)) {
      const pair = findPair(node, String(step));
      if (pair === undefined) return found;
      found = offsetOf(pair.key as Node);
      node = pair.value as Node | null;
      const empty =
        node === null || (isScalar(node) && node.type === "PLAIN" && node.source === "");
      if (last && at === "value" && node !== null && !empty) return offsetOf(node);
    } else return found;
  }
  return found;
}

/** The pair that gives a key its value: the last one, or the `<<` through which it may have come. */
function findPair(map: YAMLMap, name: string): Pair | undefined {
  let merge: Pair | undefined;
  for (let i = map.items.length - 1; i >= 0; i--) {
    const pair = map.items[i]!;
    const { key } = pair;
    if (isMergeKey(key)) merge ??= pair;
    else if (isScalar(key) && keyText(key.value, key.type) === name) return pair;
  }
  return merge;
}

function keyText(value: unknown, type: string | undefined): string {
  const text = String(value ?? "");
  return type === "PLAIN" || type === undefined ? String(resolvePlain(text)) : text;
}
