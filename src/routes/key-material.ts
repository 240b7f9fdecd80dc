import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyPair } from "../certificates/authority.ts";
import type { ObjectReference } from "../objects/gateway.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import type { Problem } from "./fault.ts";
import { notPermitted, type Referrer } from "./reference-grants.ts";

/** A certificate with its key, and the names that it is for. */
export interface ServerCertificate extends KeyPair {
  /** In lower case, wildcards included. */
  readonly names: readonly string[];
}

/** Parsed certificates by their object, which never changes while it is in the store. */
const READ = new WeakMap<object, ServerCertificate | string>();

/** The certificate in a Secret of type kubernetes.io/tls. @param wrong called with the reason where it is invalid */
export function certificateOf(
  store: ObjectReader,
  ref: ObjectReference,
  from: Referrer,
  wrong: string,
): ServerCertificate | Problem {
  const { group = "", kind = "Secret", name, namespace = from.namespace } = ref;
  if (group !== "" || kind !== "Secret") {
    return noCertificate(wrong, `${kind} ${name} is no Secret`, "kind");
  }
  const refused = notPermitted(store, from, { group, kind, namespace, name });
  if (refused !== undefined) return refused;
  const secret = store.get("Secret", namespace, name);
  if (secret === undefined) {
    return noCertificate(wrong, `there is no Secret ${namespace}/${name}`);
  }
  const read = READ.get(secret) ?? readCertificate(secret);
  READ.set(secret, read);
  return typeof read === "string"
    ? noCertificate(wrong, `Secret ${namespace}/${name}: ${read}`)
    : read;
}

function noCertificate(reason: string, message: string, field: "name" | "kind" = "name"): Problem {
  return { reason, message, rule: "gateway-certificate", field: [field] };
}

/** @returns the certificate, or what is wrong with it */
function readCertificate(secret: {
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}): ServerCertificate | string {
  const text = (field: string) => {
    const plain = secret.stringData?.[field];
    const encoded = secret.data?.[field];
    return plain ?? (encoded && Buffer.from(encoded, "base64").toString());
  };
  const cert = text("tls.crt");
  const key = text("tls.key");
  if (cert === undefined || key === undefined) return "it has no tls.crt and tls.key";
  try {
    const parsed = new X509Certificate(cert);
    if (!parsed.checkPrivateKey(createPrivateKey(key))) return "its key is not its certificate's";
    return { cert, key, names: namesOf(parsed) };
  } catch {
    return "its tls.crt or tls.key is not in PEM";
  }
}

function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name!.toLowerCase());
}

/**
 * The authorities' certificates in ConfigMaps (or Secrets) under `ca.crt`.
 * @returns the valid ones, and what is wrong with the first invalid one
 */
export function authoritiesOf(
  store: ObjectReader,
  refs: readonly {
    readonly group: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[],
  from: Referrer,
  wrong: { readonly ref: string; readonly kind: string },
): { readonly ca: readonly string[]; readonly problem: Problem | undefined } {
  const ca: string[] = [];
  let problem: Problem | undefined;
  for (const [index, { group, kind, name, namespace = from.namespace }] of refs.entries()) {
    const result = authority(store, { group, kind, name, namespace }, from, wrong);
    if (typeof result === "string") ca.push(result);
    else problem ??= { ...result, field: [index, ...result.field] };
  }
  return { ca, problem };
}

function authority(
  store: ObjectReader,
  ref: {
    readonly group: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace: string;
  },
  from: Referrer,
  wrong: { readonly ref: string; readonly kind: string },
): string | Problem {
  const { group, kind, name, namespace } = ref;
  if (group !== "" || (kind !== "ConfigMap" && kind !== "Secret")) {
    const why = `${kind} ${name} is neither a ConfigMap nor a Secret`;
    return noCertificate(wrong.kind, why, "kind");
  }
  const refused = notPermitted(store, from, ref);
  if (refused !== undefined) return refused;
  const object = store.get(kind, namespace, name);
  if (object === undefined) {
    return noCertificate(wrong.ref, `there is no ${kind} ${namespace}/${name}`);
  }
  const plain = object.data?.["ca.crt"];
  const text =
    kind === "Secret" && plain !== undefined ? Buffer.from(plain, "base64").toString() : plain;
  try {
    if (text === undefined) throw new Error();
    new X509Certificate(text);
    return text;
  } catch {
    return noCertificate(wrong.ref, `${kind} ${namespace}/${name} has no certificate under ca.crt`);
  }
}
