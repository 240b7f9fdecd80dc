import type { ContainerState } from "../objects/pod.ts";

/** The present state of one container. */
export interface ContainerSnapshot {
  readonly name: string;
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  readonly restartCount: number;
  /** Its startup probe has succeeded, or it has none. */
  readonly started: boolean;
  readonly ready: boolean;
  /** Why it is not ready: `connection refused on 8080`. */
  readonly message?: string;
  /** It has ended and will not be started again. */
  readonly final: boolean;
}
