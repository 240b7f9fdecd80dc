import type { Context, Option } from "./command.ts";

const WHEN = ["auto", "always", "never"] as const;

/** Options of every command. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  { flags: "-v, --verbose", summary: "tell what is read, and how long it takes" },
  {
    flags: "--up <name>",
    summary: "the running up that is meant, by its pid or folder (config ups lists them)",
  },
  {
    flags: "--context <name>",
    summary: "look at the cluster of this context of the kubeconfig, reading only",
  },
  {
    flags: "--kubeconfig <file>",
    summary: "the kubeconfig to use (default: KUBECONFIG, or ~/.kube/config)",
  },
  {
    flags: "--color <when>",
    summary: "colours; auto is on a terminal and without NO_COLOR",
    choices: WHEN,
  },
];

/** The context, with the global options applied. */
export function withGlobalOptions(
  context: Context,
  { color, verbose, up, context: kubeContext, kubeconfig }: Readonly<Record<string, unknown>>,
): Context {
  // Not spread, since reading the working folder fails if it was removed, and few commands need it.
  return Object.defineProperties({} as Context, {
    ...Object.getOwnPropertyDescriptors(context),
    ...(color === "always" || color === "never" ? { color: given(color === "always") } : {}),
    ...(verbose === true ? { verbose: given(true) } : {}),
    ...(typeof up === "string" ? { up: given(up) } : {}),
    ...(typeof kubeContext === "string" ? { kubeContext: given(kubeContext) } : {}),
    ...(typeof kubeconfig === "string" ? { kubeconfig: given(kubeconfig) } : {}),
  });
}

const given = (value: boolean | string): PropertyDescriptor => ({ value, enumerable: true });
