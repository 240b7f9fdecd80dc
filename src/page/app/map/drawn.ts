import { computed, signal } from "@preact/signals";
import type { WantedTraffic } from "../../messages.ts";
import type { WorldService } from "../../world.ts";
import { shown } from "../filter.ts";
import { onScreen } from "./on-screen.ts";
import { type Region, regionsOf } from "./region.ts";

/** Up to so many Services, everything is drawn, even outside the visible area. */
const SMALL_WORLD = 150;
/** Up to so many Services a region is drawn with lines; beyond that as tiles. */
const MAX_LINED = 30;
/** Rows of tiles that are drawn or left out together. */
export const ROWS_OF_GROUP = 8;

export const regions = computed(() => regionsOf(shown.value));

/** Tiles beside each other. */
export const columns = signal(4);

const isSmall = computed(() => shown.value.length <= SMALL_WORLD);

/** Whether the item with this name is drawn. */
export function isDrawn(name: string): boolean {
  return isSmall.value || onScreen.value.has(name);
}

const narrow = matchMedia("(max-width: 44rem)");
const isNarrow = signal(narrow.matches);
narrow.addEventListener("change", ({ matches }) => {
  isNarrow.value = matches;
});

/** Whether there is room for single boxes and lines. */
export function isLined({ services }: Region): boolean {
  return services.length <= MAX_LINED && !isNarrow.value;
}

/** Some tiles of a region, in whole rows. */
export interface TileGroup {
  readonly name: string;
  readonly services: readonly WorldService[];
}

/** What is wrong comes first, then what the names say. */
export function groupsOf({ namespace, services }: Region): readonly TileGroup[] {
  const sorted = [...services].sort(
    (a, b) => Number(a.problem === undefined) - Number(b.problem === undefined),
  );
  const size = ROWS_OF_GROUP * columns.value;
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) => ({
    name: `${namespace}/${i}`,
    services: sorted.slice(i * size, (i + 1) * size),
  }));
}

/** Traffic is shown for items that are drawn. */
export const shownTraffic = computed((): WantedTraffic => {
  const idsOf = (services: readonly WorldService[]) => services.map(({ id }) => id);
  const tiled = regions.value.filter((region) => !isLined(region));
  return {
    lines: regions.value
      .filter((region) => isLined(region) && isDrawn(region.namespace))
      .flatMap(({ services }) => idsOf(services)),
    totals: tiled
      .flatMap(groupsOf)
      .filter(({ name }) => isDrawn(name))
      .flatMap(({ services }) => idsOf(services)),
  };
});
