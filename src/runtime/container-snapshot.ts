import type { ContainerState } from "../objects/pod.ts";

/** What is known of one container right now. */
export interface ContainerSnapshot {
  readonly name: string;
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  readonly restartCount: number;
  /** Its startup probe, if any, has succeeded. */
  readonly started: boolean;
  readonly ready: boolean;
  /** Why it is not ready: `connection refused on 8080`. */
  readonly message?: string;
  /** It has ended and will not be started again. */
  readonly final: boolean;
}
