import type { Context, Option } from "./command.ts";

const WHEN = ["auto", "always", "never"] as const;

/** What every command takes. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  { flags: "-v, --verbose", summary: "tell what is read, and how long it takes" },
  {
    flags: "--up <name>",
    summary: "the running up that is meant, by its pid or folder (config ups lists them)",
  },
  {
    flags: "--color <when>",
    summary: "colours; auto is on a terminal and without NO_COLOR",
    choices: WHEN,
  },
];

/** The context as the global options want it. */
export function withGlobalOptions(
  context: Context,
  { color, verbose, up }: Readonly<Record<string, unknown>>,
): Context {
  // Not spread: the working folder may be gone, and is asked for when it is needed.
  return Object.defineProperties({} as Context, {
    ...Object.getOwnPropertyDescriptors(context),
    ...(color === "always" || color === "never" ? { color: given(color === "always") } : {}),
    ...(verbose === true ? { verbose: given(true) } : {}),
    ...(typeof up === "string" ? { up: given(up) } : {}),
  });
}

const given = (value: boolean | string): PropertyDescriptor => ({ value, enumerable: true });
