import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { StringMap } from "../objects/object.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables whose certificates are trusted in addition to the system's roots. */
const ADDING = ["NODE_EXTRA_CA_CERTS", "DENO_CERT"];

/**
 * Variables whose certificates replace the system's roots: those of OpenSSL and Go, Python, curl, git, the AWS tools.
 */
const REPLACING = [
  "SSL_CERT_FILE",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "AWS_CA_BUNDLE",
];

/** Files with the system's roots: Debian, Alpine, Arch; Fedora; SUSE; macOS and the BSDs. */
const SYSTEM_ROOTS = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * Variables that make programs trust the local authority in addition to what they trust without it: the file that
 * such a variable names already (a company's proxy may have an authority, too), or the system's roots.
 * @param authority the authority's certificate, in PEM
 * @param folder for the files that the variables name
 * @param inherited the variables that programs would see otherwise
 */
export function trustVariables(authority: string, folder: string, inherited: Variables): StringMap {
  const extra = joined([textOf(inherited["NODE_EXTRA_CA_CERTS"]), authority]);
  const named = REPLACING.map((name) => textOf(inherited[name])).find(Boolean);
  const system = SYSTEM_ROOTS.map(textOf).find(Boolean) ?? joined(rootCertificates);
  const adding = write(join(folder, "trusted-too.crt"), extra);
  const replacing = write(join(folder, "trusted.crt"), joined([named ?? system, extra]));
  return {
    ...Object.fromEntries(ADDING.map((name) => [name, adding])),
    ...Object.fromEntries(REPLACING.map((name) => [name, replacing])),
  };
}

function textOf(file: string | undefined): string | undefined {
  if (!file) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch {
    // A file that can't be read here can't be read by the programs either.
    return undefined;
  }
}

function joined(texts: readonly (string | undefined)[]): string {
  return texts
    .flatMap((text) => text?.trimEnd() || [])
    .join("\n")
    .concat("\n");
}

function write(file: string, text: string): string {
  if (textOf(file) !== text) writeFileSync(file, text, { mode: 0o644 });
  return file;
}
