/**
 * The labels of an object: a string map, as in `metadata.labels`.
 *
 * Matching never validates them, and reads a key with `typeof labels[key] === "string"`: no
 * property that an object inherits is a string, so labels named `constructor`, `toString` or
 * `__proto__` (as `JSON.parse` makes it) behave like any other.
 */
export type Labels = Readonly<Record<string, string>>;

/** An object's `metadata.labels`: an object may have none (S.5). */
export type OptionalLabels = Labels | null | undefined;

/** What an object without labels has. */
export const NO_LABELS: Labels = Object.freeze({});

/** The entries of `labels` whose value is a string, in the order of the map. */
export function* labelEntries(labels: Labels): Generator<[key: string, value: string]> {
  for (const key of Object.keys(labels)) {
    const value = labels[key];
    if (typeof value === "string") yield [key, value];
  }
}
