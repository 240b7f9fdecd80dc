import { CertificateAuthority, type KeyPair } from "../certificates/authority.ts";

export interface ApiCertificate {
  readonly certificate: KeyPair;
  /** The authority's, which clients trust. */
  readonly ca: string;
}

const DAY = 24 * 60 * 60 * 1000;

/** The day and host names of the certificate, and the certificate, which may still be in the making. */
let latest: { readonly key: string; readonly made: Promise<ApiCertificate> } | undefined;

/**
 * A server's certificate from an authority that exists in this process only. Servers of one process share it, as in
 * tests that open one each: generating keys and signing takes most of the time of opening. Sharing is safe, since a
 * server lets clients in by its own token.
 */
export async function apiCertificate(names: readonly string[], now: Date): Promise<ApiCertificate> {
  const key = [Math.floor(now.getTime() / DAY), ...names].join(" ");
  if (latest?.key !== key) latest = { key, made: make(names, now) };
  const { made } = latest;
  try {
    return await made;
  } catch (error) {
    if (latest?.made === made) latest = undefined;
    throw error;
  }
}

async function make(names: readonly string[], now: Date): Promise<ApiCertificate> {
  // Authority and server need different names: clients take a certificate whose issuer has its own name for
  // self-signed.
  const authority = await CertificateAuthority.create("kubelane API authority", now);
  const certificate = await authority.issue({ commonName: "kubelane", names }, now);
  return { certificate, ca: authority.cert };
}
