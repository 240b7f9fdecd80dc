import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { describe, expect, it } from "vitest";
import { CertificateAuthority } from "../../src/certificates/authority.ts";

const now = new Date("2026-11-28T12:00:00Z");

describe("a certificate authority", () => {
  it("issues certificates for names and addresses, valid for less than browsers allow", async () => {
    const authority = await CertificateAuthority.create("Test, Inc.", now);
    const { cert } = await authority.issue(
      { commonName: "web", names: ["web.test", "127.0.0.1", "::1"] },
      now,
    );
    const certificate = new X509Certificate(cert);
    const issuer = new X509Certificate(authority.cert);
    expect(issuer.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.checkHost("web.test")).toBe("web.test");
    expect(certificate.checkHost("other.test")).toBeUndefined();
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(certificate.checkIP("::1")).toBe("::1");
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000;
    expect(days).toBeLessThan(398);
    expect(new Date(certificate.validFrom).getTime()).toBeLessThan(now.getTime());
  });

  it("never issues anything that outlives it", async () => {
    const authority = await CertificateAuthority.create("Short", now, 1);
    const { cert } = await authority.issue({ commonName: "x", names: ["x"] }, now);
    expect(Date.parse(new X509Certificate(cert).validTo)).toBe(
      Date.parse(new X509Certificate(authority.cert).validTo),
    );
  });

  it("is the same after its key pair was kept and loaded", async () => {
    const authority = await CertificateAuthority.create("Kept", now);
    const loaded = await CertificateAuthority.load(authority.keyPair);
    const { cert } = await loaded.issue({ commonName: "x", names: ["x"] }, now);
    expect(new X509Certificate(cert).verify(new X509Certificate(authority.cert).publicKey)).toBe(
      true,
    );
    const other = await CertificateAuthority.create("Other", now);
    await expect(
      CertificateAuthority.load({ cert: authority.cert, key: other.keyPair.key }),
    ).rejects.toThrow("the key is not the certificate's");
  });

  it("is trusted by TLS clients that trust it, for its names alone", async () => {
    const today = new Date();
    const authority = await CertificateAuthority.create("Trusted", today);
    const pair = await authority.issue({ commonName: "web", names: ["web.test"] }, today);
    const server = createServer(pair, (socket) => socket.end("hello"));
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const greet = async (servername: string, ca: string) => {
      const socket = connect({ host: "127.0.0.1", port, servername, ca });
      const [data] = await once(socket.setEncoding("utf8"), "data");
      return data;
    };
    expect(await greet("web.test", authority.cert)).toBe("hello");
    await expect(greet("other.test", authority.cert)).rejects.toThrow("altnames");
    const stranger = await CertificateAuthority.create("Trusted", today);
    await expect(greet("web.test", stranger.cert)).rejects.toThrow();
    server.close();
  });
});
