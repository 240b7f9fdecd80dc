import type { Option } from "../command.ts";

/** The namespace of an object that a command names, as `namedObject` reads it. */
export const OBJECT_NAMESPACE: Option = {
  flags: "-n, --namespace <name>",
  summary: "the namespace (default: default, or else the only one that has it)",
};
