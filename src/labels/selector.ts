import { sortBy } from "./byte-order.ts";
import { type Explanation, explainAll } from "./explain.ts";
import { type Labels, labelEntries, NO_LABELS, type OptionalLabels } from "./labels.ts";
import { interned, type Test, testOfAll } from "./match.ts";
import { freeze, Requirement } from "./requirement.ts";

/**
 * A label selector: requirements that must all hold. Immutable, so it can be shared and cached.
 *
 * Made by `parseSelector`, `fromLabelSelector`, `fromMap` and `fromRequirements`.
 */
export class Selector {
  #requirements: readonly Requirement[];
  #frozen = false;
  #text: string | undefined;
  #test: Test | undefined;
  #probeKey: string | undefined;
  #probeValue: string | undefined;
  /** False for `nothing` alone, which has no requirements and still matches nothing (S.8). */
  readonly selectable: boolean;

  /** Takes the requirements as valid, and sorts the array itself. */
  constructor(requirements: Requirement[], selectable = true) {
    this.#requirements = sortBy(requirements, keyOf);
    this.selectable = selectable;
  }

  /**
   * The requirements, sorted by key; several with one key keep the order they were written in
   * (upstream leaves it open beyond twelve requirements, S.9).
   */
  get requirements(): readonly Requirement[] {
    // Frozen when first seen, so that a parse nobody looks into does not pay for it.
    if (!this.#frozen) {
      for (const requirement of this.#requirements) freeze(requirement);
      Object.freeze(this.#requirements);
      this.#frozen = true;
    }
    return this.#requirements;
  }

  /** Whether an object with these labels (`metadata.labels`, which it need not have) is selected (S.5). */
  matches(given: OptionalLabels): boolean {
    const labels = given ?? NO_LABELS;
    // Most objects miss, and most selectors ask for equality: that much is answered right here.
    const key = this.#probeKey;
    if (key !== undefined && labels[key] !== this.#probeValue) return false;
    return (this.#test ?? this.#compile())(labels);
  }

  /** Why an object with these labels is selected or not: a verdict for each requirement. */
  explain(labels: OptionalLabels): Explanation {
    return explainAll(this.requirements, this.selectable, labels ?? NO_LABELS);
  }

  /** The canonical text (S.6); it parses back to the same requirements. */
  toString(): string {
    this.#text ??= this.#requirements.join(",");
    return this.#text;
  }

  #compile(): Test {
    const probe = this.#requirements.find(({ operator }) => operator === "=" || operator === "==");
    if (probe) {
      this.#probeKey = interned(probe.key);
      this.#probeValue = interned(probe.values[0]!);
    }
    this.#test = this.selectable ? testOfAll(this.#requirements) : () => false;
    return this.#test;
  }

  /** The canonical text, so that JSON shows what a person would write. */
  toJSON(): string {
    return this.toString();
  }
}

/** Matches every label set, the empty one too. */
export const everything: Selector = new Selector([]);

/** Matches no label set. What a LabelSelector that is `null` means. */
export const nothing: Selector = new Selector([], false);

/** The selector of these requirements, all of which must hold; none of them match everything. */
export function fromRequirements(requirements: Iterable<Requirement>): Selector {
  return new Selector([...requirements]);
}

/**
 * The selector of a plain map (a Service's `spec.selector`): every entry an `=`, not validated
 * (S.8). `null`, `undefined` and the empty map match everything; the endpoints controllers skip a
 * Service without a selector, so ask about that before.
 */
export function fromMap(map: Labels | null | undefined): Selector {
  const requirements: Requirement[] = [];
  for (const [key, value] of labelEntries(map ?? {})) {
    requirements.push(new Requirement(key, "=", [value]));
  }
  return new Selector(requirements);
}

function keyOf({ key }: Requirement): string {
  return key;
}
