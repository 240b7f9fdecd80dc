import type { MapNode } from "./region.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** In pixels: text is laid out for these. */
export const SIZES: Readonly<Record<MapNode["kind"], Size>> = {
  route: { width: 190, height: 48 },
  service: { width: 210, height: 62 },
  pod: { width: 190, height: 40 },
  pods: { width: 190, height: 48 },
  address: { width: 190, height: 32 },
  entry: { width: 2, height: 2 },
};
