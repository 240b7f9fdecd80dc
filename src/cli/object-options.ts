import type { Option } from "./command.ts";

/** Options that several commands take, each described once. */

/** Without it, the engine's view decides: a cluster's context has a default namespace. */
export function namespaceOption(what: string): Option {
  const summary = `${what} (default: that of --context or of the running \`up\`, else default)`;
  return { ...NAMESPACE, summary };
}

const NAMESPACE = { flags: "-n, --namespace <name>" };

/** The namespace of an object that a command names, as `namedObject` reads it. */
export const OBJECT_NAMESPACE: Option = {
  ...NAMESPACE,
  summary: "the namespace (default: default, or else the only one that has it)",
};

/** For commands whose objects have no other source of a namespace. @param what the option applies to */
export function plainNamespaceOption(what: string): Option {
  return { ...NAMESPACE, summary: what, fallback: "default" };
}

export const SELECTOR_OPTION: Option = {
  flags: "-l, --selector <selector>",
  summary: "only objects with matching labels",
};

/** One container of a pod. @param otherwise the default */
export function containerOption(otherwise: string): Option {
  return { flags: "-c, --container <name>", summary: `this container (default: ${otherwise})` };
}

/** How the answer is printed; the first format is the default. */
export function outputOption(
  choices: readonly [string, ...string[]],
  instead?: Option["instead"],
): Option {
  return {
    flags: "-o, --output <format>",
    summary: "how to print",
    fallback: choices[0],
    choices,
    ...(instead && { instead }),
  };
}
