import { isRecord } from "../../objects/json.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** What is waited for. */
export interface WaitFor {
  /** Whether it holds; a missing object is passed as undefined. */
  holds(object: KubernetesObject | undefined): boolean;
  /** As the user wrote it. */
  readonly text: string;
}

/**
 * `create`, `delete`, `condition=Ready[=false]`, `jsonpath={.status.phase}=Running`, as in kubectl wait.
 * @throws CommandError for anything else
 */
export function parseWaitFor(text: string): WaitFor {
  if (text === "create") return { text, holds: (object) => object !== undefined };
  if (text === "delete") return { text, holds: (object) => object === undefined };
  const [, condition, wanted = "true"] = /^condition=([^=]+)(?:=(.+))?$/i.exec(text) ?? [];
  if (condition !== undefined) {
    return { text, holds: (object) => statusOf(object, condition) === wanted.toLowerCase() };
  }
  const [, path, value] = /^jsonpath='?\{(\.[^}]+)\}'?(?:=(.*))?$/.exec(text) ?? [];
  if (path !== undefined) {
    const steps = stepsOf(path);
    return {
      text,
      holds(object) {
        const found = valueAt(object, steps);
        return value === undefined ? found !== undefined : textOf(found) === unquoted(value);
      },
    };
  }
  throw new CommandError(
    EXIT.usage,
    `--for ${text} is nothing that can be waited for`,
    "write condition=Ready, delete, create, or jsonpath={.status.phase}=Running",
  );
}

function statusOf(object: KubernetesObject | undefined, type: string): string | undefined {
  const { conditions } = (object?.status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  const found = conditions?.find((each) => each.type.toLowerCase() === type.toLowerCase());
  return found?.status.toLowerCase();
}

/** `.status.containerStatuses[0].ready`, `.metadata.labels['app']` */
function stepsOf(path: string): string[] {
  const steps = [...path.matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/g)];
  if (steps.map(([part]) => part).join("") !== path) {
    throw new CommandError(
      EXIT.usage,
      `{${path}} is more of JSONPath than is known here`,
      "steps are .name, [0] and ['name']",
    );
  }
  return steps.map(([, name, index, quoted]) => name ?? index ?? quoted ?? "");
}

function valueAt(object: unknown, steps: readonly string[]): unknown {
  let value = object;
  for (const step of steps) {
    if (Array.isArray(value)) value = value[Number(step)];
    else value = isRecord(value) ? value[step] : undefined;
  }
  return value;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, "$2");
}
