import { type ASTNode, Environment, Optional } from "@marcbachmann/cel-js";
import { registerKubernetesFunctions } from "./cel-functions.ts";

/** A parsed expression of the Common Expression Language. */
export interface Expression {
  /** Whether it refers to the value before the change. */
  readonly usesOldSelf: boolean;
  /** A function that is not implemented: the rule can't be evaluated. */
  readonly unknown: string | undefined;
  /** @throws Error, for a field that does not exist, for example */
  evaluate(variables: Readonly<Record<string, unknown>>): unknown;
}

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
});
registerKubernetesFunctions(environment);

const expressions = new Map<string, Expression | string>();
const MAX_EXPRESSIONS = 5000;

/** @returns the expression, or as a text why it can't be parsed */
export function compile(text: string): Expression | string {
  let expression = expressions.get(text);
  if (expression === undefined) {
    if (expressions.size >= MAX_EXPRESSIONS) expressions.clear();
    expression = parse(text);
    expressions.set(text, expression);
  }
  return expression;
}

function parse(text: string): Expression | string {
  try {
    const evaluate = environment.parse(withPlainHas(text));
    const { valid, error } = evaluate.check();
    return {
      usesOldSelf: names(evaluate.ast, "oldSelf"),
      unknown: valid ? undefined : firstLine(error),
      evaluate: (variables) => evaluate({ ...variables }),
    };
  } catch (error) {
    return firstLine(error);
  }
}

/**
 * The parser's `has` accepts only a chain of names. `has(self.matches[0].path)` is rewritten as an equivalent
 * question about one item of a list.
 */
function withPlainHas(text: string): string {
  const edits = indexedHas(environment.parse(text).ast);
  let result = text;
  // From the end, so that earlier positions stay valid. Nested occurrences are rewritten in the next round.
  let limit = text.length;
  for (const { call, base, names } of edits.sort((a, b) => b.call.start - a.call.start)) {
    if (call.end > limit) continue;
    limit = call.start;
    const of = text.slice(base.start, base.end);
    const asked = `[${of}].exists(item_, has(item_.${names.join(".")}))`;
    result = result.slice(0, call.start) + asked + result.slice(call.end);
  }
  return result === text ? text : withPlainHas(result);
}

interface IndexedHas {
  readonly call: ASTNode;
  /** The object in which a name is looked up. */
  readonly base: ASTNode;
  readonly names: readonly string[];
}

function indexedHas(node: unknown): IndexedHas[] {
  if (Array.isArray(node)) return node.flatMap(indexedHas);
  if (typeof node !== "object" || node === null || !("op" in node)) return [];
  const call = node as ASTNode;
  const below = indexedHas(call.args);
  if (call.op !== "call" || call.args[0] !== "has") return below;
  const names: string[] = [];
  let base = call.args[1][0];
  while (base?.op === ".") {
    names.unshift(base.args[1]);
    base = base.args[0];
  }
  if (base === undefined || base.op === "id" || names.length === 0) return below;
  return [...below, { call, base, names }];
}

/** The rest of the message is a drawing of the expression. */
function firstLine(error: unknown): string {
  return (error as Error).message.split("\n", 1)[0]!;
}

function names(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((each) => names(each, name));
  if (typeof node !== "object" || node === null || !("op" in node)) return false;
  const { op, args } = node as ASTNode;
  return op === "id" ? args === name : names(args, name);
}

/** What `oldSelf` is for a rule with `optionalOldSelf`. */
export function optional(value: unknown): Optional {
  return value === undefined ? Optional.none() : Optional.of(value);
}

/** @throws Error for a text that is not a duration in Go's syntax */
export function duration(text: string): unknown {
  return environment.evaluate("duration(text)", { text });
}
