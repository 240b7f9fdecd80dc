import type { ObjectKey } from "../objects/object-key.ts";

/** Events of local pods. The runtime itself prints nothing. */
export type RuntimeEvent =
  | (OfContainer & {
      readonly type: "output";
      /** The process of the container, or the one that started what wrote it. */
      readonly pid: number;
      readonly stream: "stdout" | "stderr";
      /** Without its line end; a very long line is split. */
      readonly line: string;
    })
  | (OfContainer & {
      readonly type: "started";
      readonly pid: number;
      readonly command: readonly string[];
      /** Container port → local port; 0 stands for any port of a container that declares none. */
      readonly ports: Readonly<Record<number, number>>;
    })
  | (OfContainer & {
      /** Its image is not on this machine, and is being fetched. */
      readonly type: "pulling";
      readonly image: string;
      /** `podman` or `docker`. */
      readonly engine: string;
    })
  | (OfContainer & {
      readonly type: "exited";
      /** Absent when it could not be started. */
      readonly pid?: number;
      readonly exitCode: number;
      readonly signal?: string;
      /** `Completed`, `Error`, `StartError`, as in the container's state. */
      readonly reason: string;
      readonly message?: string;
      /** Milliseconds until it is started again; absent when it is not. */
      readonly restartIn?: number;
    })
  | (OfContainer & {
      /** A probe failed often enough, or a hook did. */
      readonly type: "unhealthy";
      readonly probe: "startup" | "liveness" | "preStop" | "postStart";
      readonly message: string;
    })
  /** `isStub`: whether an echo answers for it */
  | (OfPod & { readonly type: "ready"; readonly isStub?: true })
  | (OfPod & { readonly type: "not-ready"; readonly reason: string; readonly message: string })
  /** No process of it is left. */
  | (OfPod & { readonly type: "stopped" })
  /** New processes have replaced the old ones, which are being ended. */
  | (OfPod & { readonly type: "restarted" })
  /** The new process did not become ready, so the old one is kept. */
  | (OfPod & { readonly type: "restart-failed"; readonly message: string })
  | {
      /** A process that an earlier run left behind was ended. */
      readonly type: "leftover-ended";
      readonly pid: number;
      readonly pod: string;
    }
  | { readonly type: "error"; readonly message: string; readonly cause: unknown };

/** About a local pod. */
export interface OfPod {
  readonly pod: ObjectKey;
}

/** About one container of a local pod. */
export interface OfContainer extends OfPod {
  readonly container: string;
}

export type EventListener = (event: RuntimeEvent) => void;
