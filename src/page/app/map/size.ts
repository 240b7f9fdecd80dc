import type { MapNode } from "./region.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** In pixels; text is fitted to these. */
export const SIZES: Readonly<Record<MapNode["kind"], Size>> = {
  route: { width: 196, height: 48 },
  service: { width: 214, height: 64 },
  pod: { width: 206, height: 42 },
  pods: { width: 206, height: 48 },
  address: { width: 206, height: 32 },
  spacer: { width: 2, height: 2 },
};

/** The figures on a line. */
export const FIGURES: Size = { width: 80, height: 48 };

/** The length of lines from outside: as much as their figures need. */
export const ENTRY = FIGURES.width + 16;
