import type { ApiAccess } from "../../control/api-route.ts";
import { CONTEXT, type Kubeconfig, kubeconfigOf } from "../../control/kubeconfig.ts";
import { printYaml } from "../../manifests/print-yaml.ts";
import { readYamlValue } from "../../manifests/yaml-text.ts";
import { isRecord } from "../../objects/json.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

type Entries = readonly { readonly name: string }[];

/**
 * The text of a kubeconfig with our context added or replaced; it becomes the current one.
 * @throws CommandError for an invalid kubeconfig, which is not changed
 */
export function addContext(
  text: string,
  file: string,
  access: ApiAccess,
  namespace: string,
): string {
  const own = kubeconfigOf(access, namespace);
  const config = read(text, file);
  return printYaml({
    ...own,
    ...config,
    ...merged(config, own),
    "current-context": CONTEXT,
  });
}

/**
 * The text without our context; the same text where it has none.
 * @throws CommandError for a text that is no kubeconfig
 */
export function removeContext(text: string, file: string): string {
  const config = read(text, file);
  const has = LISTS.some((list) => entriesOf(config, list).some(({ name }) => name === CONTEXT));
  if (!has) return text;
  const without = Object.fromEntries(
    LISTS.map((list) => [list, entriesOf(config, list).filter(({ name }) => name !== CONTEXT)]),
  );
  const contexts = without["contexts"] as Entries;
  const isCurrent = config["current-context"] === CONTEXT;
  return printYaml({
    ...config,
    ...without,
    // Which context was current before is not known; an existing one is a better guess than a removed one.
    ...(isCurrent && { "current-context": contexts[0]?.name ?? "" }),
  });
}

const LISTS = ["clusters", "users", "contexts"] as const;

function merged(config: Readonly<Record<string, unknown>>, own: Kubeconfig) {
  return Object.fromEntries(
    LISTS.map((list) => [
      list,
      [...entriesOf(config, list).filter(({ name }) => name !== CONTEXT), ...own[list]],
    ]),
  );
}

function entriesOf(config: Readonly<Record<string, unknown>>, list: string): Entries {
  const entries = config[list];
  return Array.isArray(entries) ? entries : [];
}

function read(text: string, file: string): Readonly<Record<string, unknown>> {
  if (text.trim() === "") return {};
  const { value, problem } = readYamlValue(text);
  if (problem === undefined && isRecord(value)) return value;
  throw new CommandError(
    EXIT.unreadable,
    `${file} is no kubeconfig: ${problem ?? "it is no mapping"}`,
    "mend it, or name another file with --kubeconfig",
  );
}
