import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, describe, expect, test } from "vitest";
import { trustVariables } from "../../src/engine/trust-variables.ts";

const OURS = "-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----";
const folder = mkdtempSync(join(tmpdir(), "kubelane-trust-"));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (file: string | undefined) => readFileSync(file as string, "utf8");
const count = (text: string) => text.split("BEGIN CERTIFICATE").length - 1;

describe("variables of trust", () => {
  test("add the authority where they add, and name the system's roots too where they replace", () => {
    const { NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, CURL_CA_BUNDLE } = trustVariables(OURS, folder, {});
    expect(read(NODE_EXTRA_CA_CERTS)).toBe(`${OURS}\n`);
    expect(read(SSL_CERT_FILE)).toContain(OURS);
    expect(count(read(SSL_CERT_FILE))).toBeGreaterThan(rootCertificates.length / 3);
    expect(CURL_CA_BUNDLE).toBe(SSL_CERT_FILE);
  });

  test("keep what the user's own name", () => {
    const own = join(folder, "own.crt");
    writeFileSync(own, OURS.replace("ours", "company"));
    const found = trustVariables(OURS, folder, { NODE_EXTRA_CA_CERTS: own, SSL_CERT_FILE: own });
    expect(read(found["NODE_EXTRA_CA_CERTS"])).toContain("company");
    expect(count(read(found["NODE_EXTRA_CA_CERTS"]))).toBe(2);
    expect(count(read(found["SSL_CERT_FILE"]))).toBe(3);
  });

  test("pass over a file that is not there", () => {
    const found = trustVariables(OURS, folder, { NODE_EXTRA_CA_CERTS: join(folder, "none") });
    expect(read(found["NODE_EXTRA_CA_CERTS"])).toBe(`${OURS}\n`);
  });
});
