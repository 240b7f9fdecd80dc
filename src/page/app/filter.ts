import { computed, signal } from "@preact/signals";
import { parseSelector } from "../../labels/parse.ts";
import type { Selector } from "../../labels/selector.ts";
import type { World, WorldService } from "../world.ts";
import { isWrong, stateOfPod, stateOfService } from "./state.ts";
import { world } from "./stream.ts";

export const search = signal("");
export const labels = signal("");
export const namespace = signal("");
export const onlyWrong = signal(false);

/** The selector in the filter, or what is wrong with it. */
export const selector = computed((): { readonly selector?: Selector; readonly error?: string } => {
  const text = labels.value.trim();
  if (text === "") return {};
  try {
    return { selector: parseSelector(text) };
  } catch (error) {
    return { error: (error as Error).message };
  }
});

/** The Services that match the filter, sorted by name. */
export const shown = computed((): readonly WorldService[] => {
  const { value: all } = world;
  const text = search.value.trim().toLowerCase();
  const wanted = selector.value.selector;
  return [...all.services.values()]
    .filter(
      (service) =>
        (namespace.value === "" || service.namespace === namespace.value) &&
        (text === "" || `${service.id} ${service.problem ?? ""}`.toLowerCase().includes(text)) &&
        (wanted === undefined || isSelected(service, wanted, all)) &&
        (!onlyWrong.value || isServiceWrong(service, all)),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
});

export const namespaces = computed(() => {
  return [...new Set([...world.value.services.values()].map((each) => each.namespace))].sort();
});

/** By the labels of its pods; by its own where it has none. */
function isSelected(service: WorldService, wanted: Selector, { pods }: World): boolean {
  const own = service.endpoints.flatMap((id) => pods.get(id) ?? []);
  return own.length === 0
    ? wanted.matches(service.labels)
    : own.some((pod) => wanted.matches(pod.labels));
}

function isServiceWrong(service: WorldService, { pods }: World): boolean {
  return (
    isWrong(stateOfService(service)) ||
    service.endpoints.some((id) => {
      const pod = pods.get(id);
      return pod !== undefined && isWrong(stateOfPod(pod));
    })
  );
}
