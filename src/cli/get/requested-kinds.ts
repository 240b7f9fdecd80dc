import { nearestName } from "../../diagnostics/nearest-name.ts";
import { findResource, kindsOfCategory, resourceWords } from "../../objects/resource.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** What a user asks for: kinds, and of each the names, or everything. */
export interface RequestedKind {
  readonly groupKind: string;
  /** Undefined: all of the kind. */
  readonly names: readonly string[] | undefined;
}

/**
 * Parses `pods`, `pods,svc`, `all`, `pod web-1 web-2`, or `svc/web pod/web-1`, as kubectl does.
 * @param kinds that the store contains, for custom kinds.
 * @throws CommandError for an unknown kind.
 */
export function requestedKinds(
  [type = "", ...names]: readonly string[],
  kinds: readonly string[],
): RequestedKind[] {
  if (type.includes("/")) return slashed([type, ...names], kinds);
  const stray = names.find((name) => name.includes("/"));
  if (stray !== undefined) {
    throw new CommandError(
      EXIT.usage,
      `${stray} is given beside the type ${type}`,
      "write either TYPE NAME… or TYPE/NAME …",
    );
  }
  const words = type.split(",").filter((word) => word !== "");
  const found = words.flatMap((word) => {
    const category = kindsOfCategory(word);
    return category.length > 0 ? category : [kindOfWord(word, kinds)];
  });
  const wanted = names.length === 0 ? undefined : names;
  return [...new Set(found)].map((groupKind) => ({ groupKind, names: wanted }));
}

function slashed(words: readonly string[], kinds: readonly string[]): RequestedKind[] {
  const byKind = new Map<string, string[]>();
  for (const word of words) {
    const [, type = "", name = ""] = /^([^/]*)\/([^/]*)$/.exec(word) ?? [];
    if (type === "" || name === "") {
      const next = "for example svc/web";
      throw new CommandError(EXIT.usage, `${word} is not written TYPE/NAME`, next);
    }
    const groupKind = kindOfWord(type, kinds);
    byKind.set(groupKind, [...(byKind.get(groupKind) ?? []), name]);
  }
  return [...byKind].map(([groupKind, names]) => ({ groupKind, names }));
}

/**
 * The groupKind that a word means. Custom kinds have no table of names: their kind or its plural is accepted, in any
 * case.
 * @throws CommandError with the most similar word for an unknown one.
 */
export function kindOfWord(word: string, kinds: readonly string[]): string {
  const known = findResource(word)?.groupKind;
  if (known !== undefined) return known;
  const wanted = word.toLowerCase();
  const found = kinds.find((kind) => {
    const lower = kind.toLowerCase();
    const short = lower.split(".", 1)[0];
    return [lower, short, `${short}s`, `${short}es`].includes(wanted);
  });
  if (found !== undefined) return found;
  const near = nearestName(wanted, resourceWords());
  throw new CommandError(
    EXIT.usage,
    `there is no type of object called "${word}"`,
    near === undefined ? "types are, for example, pods, svc, deploy, ns" : `did you mean ${near}?`,
  );
}
