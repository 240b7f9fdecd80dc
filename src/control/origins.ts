import type { SourcePosition } from "../diagnostics/diagnostic.ts";
import type { ObjectKey } from "../objects/object-key.ts";
import { listIfKnown } from "./request.ts";
import { type ControlRoute, dataRoute } from "./route.ts";

const ORIGINS_PATH = "/v1/origins";

/** Why an object differs from its file: see the engine's. */
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

/** The origins that a running engine reports; none when it doesn't offer them. */
export function originsOf(socketPath: string): Promise<readonly ObjectOrigin[]> {
  return listIfKnown(socketPath, ORIGINS_PATH);
}
