import { fromLabelSelector } from "../labels/label-selector.ts";
import type { NamespaceSelector } from "../objects/gateway.ts";
import type { ObjectReader } from "../store/store-reader.ts";

/** The label by which an API server tells each namespace's name. */
const NAME_LABEL = "kubernetes.io/metadata.name";

/** Whether a namespace has the labels. One that no object declares has its name alone. */
export function isNamespaceSelected(
  store: ObjectReader,
  selector: NamespaceSelector | undefined,
  namespace: string,
): boolean {
  const labels = store.get("Namespace", "", namespace)?.metadata.labels;
  return fromLabelSelector(selector).matches({ [NAME_LABEL]: namespace, ...labels });
}
