import type { StoreReader } from "../store/store-reader.ts";

type Kind = "ConfigMap" | "Secret";

/** The entries of a ConfigMap or Secret as text, for variables; undefined when the object is missing. */
export function textOf(
  kind: Kind,
  namespace: string,
  name: string,
  store: StoreReader,
): ReadonlyMap<string, string> | undefined {
  if (kind === "ConfigMap") {
    const found = store.get("ConfigMap", namespace, name);
    return found && new Map(Object.entries(found.data ?? {}));
  }
  const bytes = bytesOf(kind, namespace, name, store);
  return bytes && new Map([...bytes].map(([key, value]) => [key, value.toString("utf8")]));
}

/** The entries as bytes, for files, with those of `binaryData`. */
export function bytesOf(
  kind: Kind,
  namespace: string,
  name: string,
  store: StoreReader,
): ReadonlyMap<string, Buffer> | undefined {
  if (kind === "ConfigMap") {
    const found = store.get("ConfigMap", namespace, name);
    if (found === undefined) return undefined;
    return new Map([...encoded(found.binaryData, "base64"), ...encoded(found.data, "utf8")]);
  }
  const found = store.get("Secret", namespace, name);
  if (found === undefined) return undefined;
  // stringData overrides data, as an API server merges them.
  return new Map([...encoded(found.data, "base64"), ...encoded(found.stringData, "utf8")]);
}

function encoded(
  data: Readonly<Record<string, string>> | undefined,
  encoding: "base64" | "utf8",
): [string, Buffer][] {
  return Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]);
}
