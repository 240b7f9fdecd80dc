import { fnv1a } from "../net/fnv1a.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { qualifiedName } from "../objects/object-key.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** Kubernetes' alphabet for generated names: no vowels, so no words; nothing that looks like another. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
/** Generated names stay DNS labels: 63 less the suffix. */
const MAX_BASE_LENGTH = 58;

/**
 * A name as `generateName` makes it: the base and five characters. They depend on the seed alone, so that
 * names are the same in every run.
 */
export function generatedName(base: string, seed: string): string {
  let rest = fnv1a(seed, 0x51ed270b);
  let suffix = "";
  for (let i = 0; i < SUFFIX_LENGTH; i++) {
    suffix += ALPHABET[rest % ALPHABET.length];
    rest = Math.floor(rest / ALPHABET.length);
  }
  return base.slice(0, MAX_BASE_LENGTH) + suffix;
}

/** {@link generatedName} with the first number from `from` on that gives a name nobody has. */
export function freeName(
  base: string,
  seed: string,
  from: number,
  isTaken: (name: string) => boolean,
): { readonly name: string; readonly next: number } {
  for (let i = from; ; i++) {
    const name = generatedName(base, `${seed}/${i}`);
    if (!isTaken(name)) return { name, next: i + 1 };
  }
}

/** Names for the Pods of owners: none that is in use, and none twice in a run. */
export class PodNames {
  readonly #next = new Map<string, number>();

  next(
    { metadata: { uid = "", namespace = "", name } }: KubernetesObject,
    base: string,
    store: StoreReader,
  ): string {
    const isTaken = (pod: string) => store.get("Pod", namespace, pod) !== undefined;
    const free = freeName(base, qualifiedName(namespace, name), this.#next.get(uid) ?? 0, isTaken);
    this.#next.set(uid, free.next);
    return free.name;
  }

  forget({ metadata: { uid = "" } }: KubernetesObject): void {
    this.#next.delete(uid);
  }
}

/** The hash of a pod template as it stands in names and in the labels `pod-template-hash` and `controller-revision-hash`. */
export function templateHash(template: unknown, collisions = 0): string {
  const digits = String(fnv1a(canonicalText(template), collisions));
  return [...digits].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join("");
}

/** JSON with sorted keys: one text per value. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`).join(",")}}`;
}
