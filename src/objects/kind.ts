import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { AddedLabels } from "./added-labels.ts";
import type { Check } from "./checks.ts";
import type { Column } from "./columns/column.ts";
import type { KubernetesObject } from "./object.ts";
import type { Parts } from "./part.ts";
import type { Place } from "./place.ts";
import type { Rule } from "./rule.ts";
import type { SelectorUse } from "./selector-use.ts";

/**
 * What a schema can't say of a kind: all of it, so that a new kind is one file of `kinds/` and no entry elsewhere. A
 * file has one kind, or several that are alike. `Admitted` is the type of an object whose fields have been decoded and
 * filled in, where that differs from the one that the tables have.
 */
export interface Kind<
  T extends KubernetesObject = KubernetesObject,
  Admitted extends KubernetesObject = T,
> {
  /** `Deployment.apps` */
  readonly groupKind: string;
  /** How its objects may be named; a DNS subdomain unless said. */
  readonly name?: Check<string>;
  /** Whether a server makes up a name for an object that has none. */
  readonly namesItself?: boolean;
  /** What it says of its pods, if it has some. */
  readonly pods?: KindPods<T>;
  /** What holds of its definitions. */
  readonly parts?: Parts;
  /** What a server takes and is probably not meant. */
  readonly advice?: readonly Rule<T>[];
  /** The changes of an object that exists which an API server refuses. */
  readonly update?: (previous: T, next: T, place: Place) => void;
  /**
   * What an API server fills in of the fields we read; the object itself when it lacks none. What is allocated
   * (addresses, node ports) stays absent.
   */
  readonly defaults?: (object: Admitted) => Admitted;
  /** The label selectors of its own spec, in the order of its fields; those of its pods are found for every kind. */
  readonly selectors?: (object: Admitted, uses: SelectorUse[]) => void;
  /** The columns of `get`; name and age unless said. */
  readonly columns?: readonly Column<Admitted>[];
}

/** The pods of a kind: itself a Pod, or a template for some. */
export interface KindPods<T> {
  /** Where their metadata and spec stand; empty for a Pod. */
  readonly at: FieldPath;
  /** The labels that the kind's control loop gives them too. */
  readonly added?: (object: T) => AddedLabels;
}

/** A kind whose objects have the type that the tables say. */
export function kind<T extends KubernetesObject, Admitted extends KubernetesObject = T>(
  said: Kind<T, Admitted>,
): Kind {
  return said as unknown as Kind;
}
