import { fromLabelSelector } from "../labels/label-selector.ts";
import type { NamespaceSelector } from "../objects/gateway.ts";
import type { ObjectReader } from "../store/store-reader.ts";

/** The label that API servers set to each namespace's name. */
const NAME_LABEL = "kubernetes.io/metadata.name";

/** Whether a namespace has the labels. A namespace without an object has only the label with its name. */
export function isNamespaceSelected(
  store: ObjectReader,
  selector: NamespaceSelector | undefined,
  namespace: string,
): boolean {
  const labels = store.get("Namespace", "", namespace)?.metadata.labels;
  return fromLabelSelector(selector).matches({ [NAME_LABEL]: namespace, ...labels });
}
