import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { AddedLabels } from "./added-labels.ts";
import type { Check } from "./checks.ts";
import type { KubernetesObject } from "./object.ts";
import type { Parts } from "./part.ts";
import type { Place } from "./place.ts";
import type { Rule } from "./rule.ts";

/** What a schema can't say of a kind. A file of `kinds/` has one, or several that are alike. */
export interface Kind<T extends KubernetesObject = KubernetesObject> {
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
}

/** The pods of a kind: itself a Pod, or a template for some. */
export interface KindPods<T> {
  /** Where their metadata and spec stand; empty for a Pod. */
  readonly at: FieldPath;
  /** The labels that the kind's control loop gives them too. */
  readonly added?: (object: T) => AddedLabels;
}

/** A kind whose objects have the type that the tables say. */
export function kind<T extends KubernetesObject>(said: Kind<T>): Kind {
  return said as unknown as Kind;
}
