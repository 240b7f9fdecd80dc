import { type Check, dataKeyProblem } from "../checks.ts";
import { AGE, NAME } from "../columns/column.ts";
import { fill } from "../defaults/fill.ts";
import { immutable } from "../immutable-fields.ts";
import { type Kind, kind } from "../kind.ts";
import type { StringMap } from "../object.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import type { ConfigMap, Secret } from "../tables/kinds.ts";

/** All values together, in bytes. */
const MAX_SIZE = 1024 * 1024;

const keys: Check<StringMap> = (data, place) => {
  for (const key of Object.keys(data)) {
    const problem = dataKeyProblem(key);
    if (problem !== undefined) place.at(key).invalid(problem, { at: "key" });
  }
};

function sizeOf(data: StringMap, encoding: "utf8" | "base64"): number {
  return Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, encoding), 0);
}

function checkSize(size: number, place: Place): void {
  if (size > MAX_SIZE) place.invalid(`${size} bytes are too many, ${MAX_SIZE} fit`, { at: "key" });
}

/** An object that says `immutable: true` is. */
function sealed(
  before: { immutable?: boolean },
  after: { immutable?: boolean },
  place: Place,
): void {
  if (before.immutable === true)
    immutable(before, after, ["data", "binaryData", "immutable"], place);
}

export const configMap: Kind = kind<ConfigMap>({
  groupKind: "ConfigMap",
  columns: [NAME, { header: "DATA", cell: ({ data, binaryData }) => count(data, binaryData) }, AGE],
  update: sealed,
  parts: part<ConfigMap>("core/v1.ConfigMap", {
    fields: { data: keys, binaryData: keys },
    check({ data = {}, binaryData = {} }, place) {
      for (const key of Object.keys(data)) {
        if (Object.hasOwn(binaryData, key))
          place.at("data", key).invalid("the key stands in binaryData too", { at: "key" });
      }
      checkSize(sizeOf(data, "utf8") + sizeOf(binaryData, "base64"), place.at("data"));
    },
  }),
});

/** What a Secret of a type has to have: one of these lists of keys. */
const WANTED: ReadonlyMap<string, readonly string[]> = new Map([
  ["kubernetes.io/dockercfg", [".dockercfg"]],
  ["kubernetes.io/dockerconfigjson", [".dockerconfigjson"]],
  ["kubernetes.io/ssh-auth", ["ssh-privatekey"]],
  ["kubernetes.io/tls", ["tls.crt", "tls.key"]],
]);
const SERVICE_ACCOUNT = "kubernetes.io/service-account.name";

export const secret: Kind = kind<Secret>({
  groupKind: "Secret",
  defaults: withDefaults,
  columns: [
    NAME,
    { header: "TYPE", cell: ({ type }) => type ?? "Opaque" },
    { header: "DATA", cell: ({ data, stringData }) => count({ ...data, ...stringData }) },
    AGE,
  ],
  update(previous, next, place) {
    immutable(previous, next, ["type"], place);
    sealed(previous, next, place);
  },
  parts: part<Secret>("core/v1.Secret", {
    fields: { data: keys, stringData: keys },
    check({ metadata, type = "Opaque", data = {}, stringData = {} }, place) {
      const all = { ...data, ...stringData };
      checkSize(sizeOf(data, "base64") + sizeOf(stringData, "utf8"), place.at("data"));
      for (const key of WANTED.get(type) ?? []) {
        if (!Object.hasOwn(all, key))
          place.at("data", key).required(`a Secret of type ${type} has ${key}`);
        else if (key.startsWith(".docker") && !isJsonObject(textOf(key, data, stringData))) {
          place.at("data", key).invalid("this is no JSON");
        }
      }
      if (
        type === "kubernetes.io/basic-auth" &&
        !Object.hasOwn(all, "username") &&
        !Object.hasOwn(all, "password")
      ) {
        place.at("data", "username").required(`a Secret of type ${type} has username or password`);
      }
      if (
        type === "kubernetes.io/service-account-token" &&
        !metadata.annotations?.[SERVICE_ACCOUNT]
      ) {
        place.at("metadata", "annotations", SERVICE_ACCOUNT).required("the token is somebody's");
      }
    },
  }),
});

function textOf(key: string, data: StringMap, stringData: StringMap): string {
  return stringData[key] ?? Buffer.from(data[key] ?? "", "base64").toString();
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return value === null || (typeof value === "object" && !Array.isArray(value));
  } catch {
    return false;
  }
}

/** `stringData` is for writing only: it becomes `data`. */
function withDefaults(secret: Secret): Secret {
  const made = fill(secret, { type: "Opaque" });
  if (made.stringData === undefined) return made;
  const { stringData, ...rest } = made;
  const encoded = Object.entries(stringData).map(
    ([key, text]) => [key, Buffer.from(text).toString("base64")] as const,
  );
  return { ...rest, data: Object.fromEntries([...Object.entries(rest.data ?? {}), ...encoded]) };
}

function count(...maps: readonly (object | undefined)[]): string {
  return String(maps.reduce((sum, map) => sum + Object.keys(map ?? {}).length, 0));
}
