import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CertificateAuthority, KeyPair } from "../certificates/authority.ts";
import type { StringMap } from "../objects/object.ts";
import { ensurePrivateFolder } from "../runtime/private-folder.ts";

const COMMON_NAME = "kubelane local authority";
/** Certificates that are cached; clients can make up any number of names. */
const MAX_CERTIFICATES = 1_000;

/**
 * Certificates for names that no Secret covers, from an authority of this user. With a folder the authority is the
 * same in every run, so that it needs to be trusted only once; its key is readable by the user alone.
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
   * Variables that make programs trust this authority; none where it is gone with the process.
   * @param inherited the variables that programs would see otherwise
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
  // Loaded on demand: most engines make no certificate, and the library takes as long to load as everything else
  // here.
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
  // The first to create the file wins: two processes that start together must use the same authority.
  try {
    writeFileSync(key, made.keyPair.key, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return openAuthority(folder, now);
    throw error;
  }
  writeFileSync(cert, made.cert, { mode: 0o644 });
  return made;
}
