import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CertificateAuthority, KeyPair } from "../certificates/authority.ts";
import type { StringMap } from "../objects/object.ts";
import { ensurePrivateFolder } from "../runtime/private-folder.ts";

const COMMON_NAME = "kubelane local authority";
/** Certificates kept; names that clients make up are many. */
const MAX_CERTIFICATES = 1_000;

/**
 * Certificates for names that no Secret is for, by an authority of this user's. With a folder the authority is the
 * same in every run, so that it can be trusted once; its key is the user's alone.
 */
export class LocalCertificates {
  readonly #folder: string | undefined;
  readonly #now: () => Date;
  #authority: Promise<CertificateAuthority> | undefined;
  readonly #issued = new Map<string, Promise<KeyPair>>();

  constructor(folder: string | undefined, now: () => Date) {
    this.#folder = folder;
    this.#now = now;
  }

  /** The authority's own certificate, in PEM. */
  async authority(): Promise<string> {
    return (await this.#open()).cert;
  }

  /**
   * Variables by which programs trust this authority; none where it is gone with the process.
   * @param inherited what the programs would see otherwise
   */
  async trustVariables(inherited: NodeJS.ProcessEnv = process.env): Promise<StringMap> {
    if (this.#folder === undefined) return {};
    const { trustVariables } = await import("./trust-variables.ts");
    return trustVariables(await this.authority(), this.#folder, inherited);
  }

  /** A certificate for a host name, made at first use. */
  certificateFor(name: string): Promise<KeyPair> {
    const known = this.#issued.get(name);
    if (known !== undefined) return known;
    if (this.#issued.size >= MAX_CERTIFICATES) this.#issued.clear();
    const issued = this.#open().then((authority) =>
      authority.issue({ commonName: name.slice(0, 64), names: [name] }, this.#now()),
    );
    this.#issued.set(name, issued);
    issued.catch(() => this.#issued.delete(name));
    return issued;
  }

  #open(): Promise<CertificateAuthority> {
    this.#authority ??= openAuthority(this.#folder, this.#now());
    return this.#authority;
  }
}

async function openAuthority(folder: string | undefined, now: Date): Promise<CertificateAuthority> {
  // Most engines make no certificate, and the library for them takes as long to load as all else here.
  const { CertificateAuthority } = await import("../certificates/authority.ts");
  if (folder === undefined) return CertificateAuthority.create(COMMON_NAME, now);
  ensurePrivateFolder(folder);
  const cert = join(folder, "authority.crt");
  const key = join(folder, "authority.key");
  try {
    return await CertificateAuthority.load({
      cert: readFileSync(cert, "utf8"),
      key: readFileSync(key, "utf8"),
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const made = await CertificateAuthority.create(COMMON_NAME, now);
  // Who comes first has it: two that start at once must not have two.
  try {
    writeFileSync(key, made.keyPair.key, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return openAuthority(folder, now);
    throw error;
  }
  writeFileSync(cert, made.cert, { mode: 0o644 });
  return made;
}
