import type { Protocol } from "../objects/pod.ts";
import type { IPFamily } from "../objects/service.ts";

/** Who asks, and for which protocol and family. */
export interface Asker {
  /** Its search list applies. Default: the view's namespace. */
  readonly namespace?: string;
  readonly pod?: string;
  /** Default: TCP. */
  readonly protocol?: Protocol | "any";
  /** Default: the Service's first. */
  readonly family?: IPFamily;
}
