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
 * Everything about a kind that a schema can't express, so that a new kind is one file of `kinds/` and no entry
 * elsewhere. A file has one kind, or several similar ones. `Admitted` is the type of a validated object, where that
 * differs from the type in the tables.
 */
export interface Kind<
  T extends KubernetesObject = KubernetesObject,
  Admitted extends KubernetesObject = T,
> {
  /** The groupKind: `Deployment.apps` */
  readonly groupKind: string;
  /** How its objects may be named; a DNS subdomain unless said. */
  readonly name?: Check<string>;
  /** Whether a server generates a name for an object without one. */
  readonly namesItself?: boolean;
  /** The location of its pods, if it describes some. */
  readonly pods?: KindPods<T>;
  /** Its rules. */
  readonly parts?: Parts;
  /** Warnings: what a server accepts but is probably a mistake. */
  readonly advice?: readonly Rule<T>[];
  /** The changes of an object that exists which an API server refuses. */
  readonly update?: (previous: T, next: T, place: Place) => void;
  /**
   * Fills in an API server's defaults of known fields; returns the object itself when nothing is missing. Allocated
   * fields (addresses, node ports) stay absent.
   */
  readonly defaults?: (object: Admitted) => Admitted;
  /** The label selectors of its spec, in the order of its fields; those inside pods are found for every kind. */
  readonly selectors?: (object: Admitted, uses: SelectorUse[]) => void;
  /** The columns of `get`; name and age unless said. */
  readonly columns?: readonly Column<Admitted>[];
}

/** The pods of a kind: a Pod itself, or an object with a pod template. */
export interface KindPods<T> {
  /** The path of their metadata and spec; empty for a Pod. */
  readonly at: FieldPath;
  /** The labels that the kind's control loop adds. */
  readonly added?: (object: T) => AddedLabels;
}

/** A kind whose objects have the type that the tables say. */
export function kind<T extends KubernetesObject, Admitted extends KubernetesObject = T>(
  said: Kind<T, Admitted>,
): Kind {
  return said as unknown as Kind;
}
