import "reflect-metadata";
import { createPrivateKey, X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

/** A certificate with its key, in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly commonName: string;
  /** Host names and addresses. The first may be the common name. */
  readonly names: readonly string[];
  readonly days?: number;
  /** Default: `server`. */
  readonly use?: "server" | "client";
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY = 24 * 60 * 60 * 1000;
/** Clocks of other machines may be behind. */
const SKEW = 60 * 60 * 1000;

/** Browsers refuse server certificates that are valid for longer than 398 days. */
const MAX_DAYS = 397;

x509.cryptoProvider.set(webcrypto);

/** A certificate authority of kubelane: programs that trust its own certificate trust those that it issues. */
export class CertificateAuthority {
  readonly #certificate: x509.X509Certificate;
  readonly #key: webcrypto.CryptoKey;
  /** Its own certificate, in PEM. */
  readonly cert: string;
  readonly #pem: KeyPair;

  private constructor(certificate: x509.X509Certificate, key: webcrypto.CryptoKey, pem: KeyPair) {
    this.#certificate = certificate;
    this.#key = key;
    this.cert = pem.cert;
    this.#pem = pem;
  }

  /** With its private key; the caller keeps it in a file that only the user can read. */
  get keyPair(): KeyPair {
    return this.#pem;
  }

  /** @param days how long it is valid. Default: ten years. */
  static async create(commonName: string, now: Date, days = 3650): Promise<CertificateAuthority> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: distinguishedName(commonName),
      notBefore: new Date(now.getTime() - SKEW),
      notAfter: new Date(now.getTime() + days * DAY),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const pem = { cert: pemOf(certificate), key: await exportKey(keys.privateKey) };
    return new CertificateAuthority(certificate, keys.privateKey, pem);
  }

  /** @throws Error for what is no key pair of an authority */
  static async load({ cert, key }: KeyPair): Promise<CertificateAuthority> {
    const der = createPrivateKey(key).export({ format: "der", type: "pkcs8" });
    const imported = await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]);
    const certificate = new x509.X509Certificate(cert);
    if (!new NodeCertificate(cert).checkPrivateKey(createPrivateKey(key))) {
      throw new Error("the key is not the certificate's");
    }
    return new CertificateAuthority(certificate, imported as webcrypto.CryptoKey, { cert, key });
  }

  async issue(
    { commonName, names, days = MAX_DAYS, use = "server" }: IssueOptions,
    now: Date,
  ): Promise<KeyPair> {
    const keys = await generateKeys();
    const usage =
      use === "server" ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: distinguishedName(commonName),
      issuer: this.#certificate.subject,
      notBefore: new Date(now.getTime() - SKEW),
      notAfter: new Date(
        Math.min(now.getTime() + days * DAY, this.#certificate.notAfter.getTime()),
      ),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...(names.length > 0
          ? [new x509.SubjectAlternativeNameExtension(names.map(alternativeName))]
          : []),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate, false),
      ],
    });
    return { cert: pemOf(certificate), key: await exportKey(keys.privateKey) };
  }
}

function alternativeName(name: string): { type: "ip" | "dns"; value: string } {
  return { type: isIP(name) === 0 ? "dns" : "ip", value: name };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, [
    "sign",
    "verify",
  ])) as webcrypto.CryptoKeyPair;
}

/** Positive, and too random to meet another one. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0]! &= 0x7f;
  bytes[0]! |= 0x40;
  return Buffer.from(bytes).toString("hex");
}

function distinguishedName(commonName: string): string {
  return `CN=${commonName.replace(/[,+"\\<>;=#]/g, (c) => `\\${c}`)}`;
}

function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", key as webcrypto.CryptoKey);
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}
