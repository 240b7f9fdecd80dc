import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { resolvePlain, resolveTagged } from "./plain-scalar.ts";
import { duplicateKey, MAX_DEPTH, type TextProblem, tooDeep } from "./text-problem.ts";

/**
 * Values that aliases may add to what is written: a few lines of anchors can stand for billions
 * ("billion laughs"). A large file of shared blocks stays far below.
 */
const MAX_ALIASED = 500_000;

/**
 * The JSON value of a document's nodes, as kubectl converts them. An alias shares the value of its
 * anchor, so nothing may change the result.
 * @param problems receives what is wrong; with an error among them the value is not to be used.
 */
export function toJsonValue(root: Node | null, problems: TextProblem[]): unknown {
  return root === null ? null : new Conversion(problems).value(root, 0);
}

type JsonObject = Record<string, unknown>;

class Conversion {
  readonly #problems: TextProblem[];
  /** The values of anchors that are complete, and how many values each contains. */
  readonly #anchors = new Map<string, { value: unknown; size: number }>();
  #size = 0;
  #aliased = 0;
  #failed = false;

  constructor(problems: TextProblem[]) {
    this.#problems = problems;
  }

  value(node: Node, depth: number): unknown {
    if (this.#failed) return null;
    if (isAlias(node)) return this.#alias(node);
    const before = this.#size++;
    let value: unknown;
    if (isScalar(node)) value = this.#scalar(node);
    else if (depth >= MAX_DEPTH) return this.#fail(tooDeep(offsetOf(node)));
    else if (isMap(node)) value = this.#map(node, depth);
    else if (isSeq(node)) value = this.#list(node, depth);
    if (node.anchor !== undefined) {
      this.#anchors.set(node.anchor, { value, size: this.#size - before });
    }
    return value;
  }

  #scalar(node: Scalar): unknown {
    const text = String(node.value ?? "");
    let value: unknown;
    if (node.tag !== undefined) value = resolveTagged(node.tag, text);
    else value = node.type === "PLAIN" || node.type === undefined ? resolvePlain(text) : text;
    if (value === undefined) {
      const tag = node.tag?.replace("tag:yaml.org,2002:", "!!");
      return this.#error("yaml-tag", node, `the value does not go with its tag ${tag}`);
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      return this.#error("yaml-number", node, `${text} has no place in JSON`, "quote it");
    }
    return value;
  }

  #list(node: YAMLSeq, depth: number): unknown[] {
    return node.items.map((item) =>
      // `[a: 1]` is a list of one mapping.
      isPair(item)
        ? this.#fromPairs([item as Pair], depth + 1)
        : this.value(item as Node, depth + 1),
    );
  }

  #map(node: YAMLMap, depth: number): JsonObject {
    return this.#fromPairs(node.items, depth);
  }

  #fromPairs(pairs: readonly Pair[], depth: number): JsonObject {
    const object: JsonObject = {};
    let merged: Set<string> | undefined;
    for (const pair of pairs) {
      const keyNode = pair.key as Node;
      const valueNode = pair.value as Node | null;
      if (isMergeKey(keyNode)) {
        merged ??= new Set();
        this.#merge(object, valueNode, depth, merged);
        continue;
      }
      const key = this.#key(keyNode);
      if (key === undefined) continue;
      if (Object.hasOwn(object, key) && !merged?.delete(key)) {
        this.#problems.push(duplicateKey(key, offsetOf(keyNode)));
      }
      setOwn(object, key, valueNode === null ? null : this.value(valueNode, depth + 1));
    }
    return object;
  }

  #key(node: Node): string | undefined {
    const value = isScalar(node)
      ? this.#scalar(node)
      : isAlias(node)
        ? this.#alias(node)
        : undefined;
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (!this.#failed) {
      this.#error("yaml-key", node, "a key is a string here, not a mapping, a list or nothing");
    }
    return undefined;
  }

  /** As kubectl does it: a merged value takes the place of one written before the `<<`, too. */
  #merge(object: JsonObject, node: Node | null, depth: number, merged: Set<string>): void {
    const source = node === null ? null : this.value(node, depth + 1);
    const sources = Array.isArray(source) ? [...source].reverse() : [source];
    for (const from of sources) {
      if (typeof from !== "object" || from === null || Array.isArray(from)) {
        if (!this.#failed && node !== null) {
          this.#error("yaml-merge", node, "<< merges mappings, and this is none");
        }
        return;
      }
      for (const [key, value] of Object.entries(from)) {
        setOwn(object, key, value);
        merged.add(key);
      }
    }
  }

  #alias(node: Alias): unknown {
    const anchor = this.#anchors.get(node.source);
    if (anchor === undefined) {
      return this.#error("yaml-alias", node, `there is no anchor &${node.source} before this`);
    }
    this.#size += anchor.size;
    this.#aliased += anchor.size;
    if (this.#aliased > MAX_ALIASED) {
      const message = `the aliases stand for more than ${MAX_ALIASED} values`;
      return this.#fail({
        rule: "yaml-alias-bomb",
        severity: "error",
        message,
        offset: offsetOf(node),
      });
    }
    return anchor.value;
  }

  #error(rule: string, node: Node, message: string, hint?: string): null {
    const problem: TextProblem = { rule, severity: "error", message, offset: offsetOf(node) };
    this.#problems.push(hint === undefined ? problem : { ...problem, hint });
    return null;
  }

  /** For what would be reported again and again. */
  #fail(problem: TextProblem): null {
    if (!this.#failed) this.#problems.push(problem);
    this.#failed = true;
    return null;
  }
}

/** A plain assignment to `__proto__` would set the prototype. */
function setOwn(object: JsonObject, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else {
    const property = { value, enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, key, property);
  }
}

export function isMergeKey(node: unknown): boolean {
  return (
    isScalar(node) && node.value === "<<" && (node.type === "PLAIN" || node.type === undefined)
  );
}

/** Where a node begins in its text. */
export function offsetOf(node: Node): number {
  return (node as ParsedNode).range?.[0] ?? 0;
}
