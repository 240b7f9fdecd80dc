import { CertificateAuthority, type KeyPair } from "../certificates/authority.ts";

export interface ApiCertificate {
  readonly certificate: KeyPair;
  /** The authority's, which clients trust. */
  readonly ca: string;
}

const DAY = 24 * 60 * 60 * 1000;

/** The day and the names of the certificate, and what is made or being made for them. */
let latest: { readonly key: string; readonly made: Promise<ApiCertificate> } | undefined;

/**
 * A server's certificate of an authority that this process alone has. Servers that come after each other share it, as in
 * tests that open one each: making keys and signing is most of what opening costs. It is no secret between them, since
 * who gets in is decided by each server's token.
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
  // The authority is not named like the server: clients take a certificate whose issuer has its own name for a
  // self-signed one.
  const authority = await CertificateAuthority.create("kubelane API authority", now);
  const certificate = await authority.issue({ commonName: "kubelane", names }, now);
  return { certificate, ca: authority.cert };
}
