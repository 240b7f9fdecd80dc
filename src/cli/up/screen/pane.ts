import type { FilterField } from "./filter-field.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of something long, which keys move. */
export interface Pane {
  readonly filter: FilterField;
  /** By so many lines, further down or up. */
  move(by: number): void;
  /** By so many times what is shown. */
  page(by: number): void;
}

const STEPS: Readonly<Record<string, (pane: Pane) => void>> = {
  up: (pane) => pane.move(-1),
  k: (pane) => pane.move(-1),
  down: (pane) => pane.move(1),
  j: (pane) => pane.move(1),
  pageup: (pane) => pane.page(-1),
  pagedown: (pane) => pane.page(1),
  home: (pane) => pane.move(Number.NEGATIVE_INFINITY),
  end: (pane) => pane.move(Number.POSITIVE_INFINITY),
};

/** Moves it where the key is one of those that do. */
export function scroll(pane: Pane, key: string): void {
  STEPS[key]?.(pane);
}
