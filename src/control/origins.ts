import type { SourcePosition } from "../diagnostics/diagnostic.ts";
import type { ObjectKey } from "../objects/object-key.ts";
import { listIfKnown } from "./request.ts";
import { type ControlRoute, dataRoute } from "./route.ts";

const ORIGINS_PATH = "/v1/origins";

/** What is not, or not only, as a file says: see the engine's. */
export type ObjectOrigin =
  | { readonly from: "api"; readonly key: ObjectKey; readonly isKept: boolean }
  | {
      readonly from: "file";
      readonly key: ObjectKey;
      readonly position: SourcePosition;
      readonly how: "changed" | "deleted";
      readonly by?: string;
      readonly at: string;
    };

/** What was made, changed or deleted through the API. */
export function originsRoute(list: () => readonly ObjectOrigin[]): ControlRoute {
  return dataRoute(ORIGINS_PATH, list);
}

/** The origins that a running engine knows; none when it doesn't say. */
export function originsOf(socketPath: string): Promise<readonly ObjectOrigin[]> {
  return listIfKnown(socketPath, ORIGINS_PATH);
}
