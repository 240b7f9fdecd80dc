import { nearestName } from "../diagnostics/nearest-name.ts";
import { validateDns1123Label, validateDns1123Subdomain } from "../labels/dns-name.ts";
import { parseSelector } from "../labels/parse.ts";
import { SelectorSyntaxError } from "../labels/syntax-error.ts";
import { quote } from "../objects/json.ts";
import { findResource, resourceOfKind } from "../objects/resource.ts";
import { WORKLOAD_KINDS } from "../objects/workload-kinds.ts";
import type { WorkloadTarget } from "./local-config.ts";

/** What a key of `run` or `attach` says, or what is wrong with it. */
export type TargetReading =
  | { readonly target: WorkloadTarget }
  | { readonly message: string; readonly hint?: string | undefined };

/**
 * Reads a target as kubectl would: `deploy/web`, `shop/sts/db` with a namespace, or `-l app=web` for
 * all pods that a selector matches.
 * @param namespace of a text that says none; undefined: whichever has it.
 */
export function parseTarget(text: string, namespace: string | undefined): TargetReading {
  const selector = /^\s*-l\s*(.*)$/s.exec(text)?.[1];
  if (selector !== undefined) return parsePods(selector, namespace);
  const parts = text.split("/");
  const [name = "", word = "", ownNamespace = namespace] = [...parts].reverse();
  if (parts.length < 2 || parts.length > 3) {
    return {
      message: `${quote(text)} names no workload`,
      hint: "write deploy/web, shop/deploy/web with a namespace, or -l app=web for pods by label",
    };
  }
  const [problem] = [
    ...validateDns1123Subdomain(name),
    ...(ownNamespace === undefined ? [] : validateDns1123Label(ownNamespace)),
  ];
  if (problem !== undefined) return { message: problem.message };
  const kind = findResource(word);
  if (kind === undefined)
    return { message: `there is no kind ${quote(word)}`, hint: nearest(word) };
  if (!WORKLOAD_KINDS.includes(kind.groupKind)) {
    return {
      message: `a ${kind.kind} has no pods of its own`,
      hint: `name a workload (${workloadWords().join(", ")}) or select pods: -l app=${name}`,
    };
  }
  return { target: { namespace: ownNamespace, kind: kind.groupKind, name } };
}

/** A target as {@link parseTarget} reads it; one of pods by label without their namespace. */
export function targetText(target: WorkloadTarget): string {
  if ("selector" in target) return `-l ${target.selector}`;
  const { kind, name, namespace } = target;
  const names = resourceOfKind(kind);
  const word = `${names?.shortNames[0] ?? names?.singular ?? kind}/${name}`;
  return namespace === undefined ? word : `${namespace}/${word}`;
}

function parsePods(text: string, namespace: string | undefined): TargetReading {
  if (text.trim() === "") return { message: "-l needs a selector", hint: "write -l app=web" };
  try {
    return { target: { namespace, selector: parseSelector(text) } };
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    return { message: `the selector ${quote(text)} is invalid: ${error.message}` };
  }
}

function nearest(word: string): string {
  const near = nearestName(word, workloadWords());
  return near === undefined ? `there are ${workloadWords().join(", ")}` : `did you mean ${near}?`;
}

/** The shortest word for each kind of workload. */
function workloadWords(): string[] {
  return WORKLOAD_KINDS.map((kind) => {
    const names = resourceOfKind(kind);
    return names?.shortNames[0] ?? names?.singular ?? kind;
  });
}
