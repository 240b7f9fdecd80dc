import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { StringMap } from "../objects/object.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What they name is trusted besides the system's roots. */
const ADDING = ["NODE_EXTRA_CA_CERTS", "DENO_CERT"];

/** What they name is trusted in place of the system's roots: OpenSSL and Go, Python, curl, git, the AWS tools. */
const REPLACING = [
  "SSL_CERT_FILE",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "AWS_CA_BUNDLE",
];

/** Where systems keep their roots in one file: Debian, Alpine, Arch; Fedora; SUSE; macOS and the BSDs. */
const SYSTEM_ROOTS = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * Variables by which programs trust the local authority, and all that they trust without it: what such a variable
 * names already (a company's proxy has an authority, too), or the system's roots.
 * @param authority the authority's certificate, in PEM
 * @param folder for the files that they name
 * @param inherited what the programs would see otherwise
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
    // What programs can't read either.
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
