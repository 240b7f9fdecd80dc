import { POD_COLUMNS } from "../../../objects/columns/pod.ts";
import { qualifiedName } from "../../../objects/object-key.ts";
import type { Pod } from "../../../objects/pod.ts";
import { podStage, podState } from "../../../objects/pod-state.ts";
import { slicesOf } from "../../../store/slices-of.ts";
import type { StoreReader } from "../../../store/store-reader.ts";
import type { Row } from "./table-pane.ts";

const SHOWN = ["READY", "STATUS", "RESTARTS"];
const COLUMNS = POD_COLUMNS.filter(({ header }) => SHOWN.includes(header));

export const POD_HEADER = ["POD", ...COLUMNS.map(({ header }) => header), "LATEST"];

/**
 * A row for each pod.
 * @param lastLine what a pod wrote last
 * @param service namespace and name of the Service whose pods alone are meant. Default: all
 */
export function podRows(
  store: StoreReader,
  lastLine: (pod: string) => string | undefined,
  service?: string,
): Row[] {
  const now = new Date();
  const only = service === undefined ? undefined : podsBehind(service, store);
  return store
    .list("Pod")
    .map((pod) => ({ id: qualifiedName(pod.metadata.namespace, pod.metadata.name), pod }))
    .filter(({ id }) => only?.has(id) ?? true)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, pod }) => ({
      id,
      cells: () => [
        id,
        ...COLUMNS.map(({ cell }) => cell(pod, now)),
        podStage(pod) === "ready" ? (lastLine(id) ?? "") : podState(pod),
      ],
    }));
}

/** The pod that a row is about. */
export function podNamed(store: StoreReader, id: string): Pod | undefined {
  const [namespace = "", name = ""] = id.split("/");
  return store.get("Pod", namespace, name);
}

function podsBehind(service: string, store: StoreReader): ReadonlySet<string> {
  const [namespace = "", name = ""] = service.split("/");
  const slices = slicesOf({ metadata: { namespace, name } }, store);
  const pods = slices.flatMap(({ endpoints }) => endpoints.map(({ targetRef }) => targetRef));
  return new Set(
    pods
      .filter((pod) => pod?.kind === "Pod")
      .map((pod) => qualifiedName(pod?.namespace ?? namespace, pod?.name ?? "")),
  );
}
