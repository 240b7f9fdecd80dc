import fc from "fast-check";
import protobuf from "protobufjs/minimal.js";
import { describe, expect, it } from "vitest";
import { readProtobuf } from "../../src/api/protobuf.ts";
import { StatusError } from "../../src/api/status.ts";

const message = (write: (writer: protobuf.Writer) => void): Uint8Array => {
  const writer = protobuf.Writer.create();
  write(writer);
  return writer.finish();
};
const text = (field: number, value: string) => (writer: protobuf.Writer) =>
  void writer.uint32((field << 3) | 2).string(value);
const nested =
  (field: number, ...parts: ((writer: protobuf.Writer) => void)[]) =>
  (writer: protobuf.Writer) =>
    void writer.uint32((field << 3) | 2).bytes(
      message((w) => {
        for (const part of parts) part(w);
      }),
    );
const number = (field: number, value: number) => (writer: protobuf.Writer) =>
  void writer.uint32(field << 3).int64(value);

/** runtime.Unknown around a message, as client-go sends it. */
function envelope(apiVersion: string, kind: string, ...parts: ((w: protobuf.Writer) => void)[]) {
  const unknown = message((writer) => {
    nested(1, text(1, apiVersion), text(2, kind))(writer);
    nested(2, ...parts)(writer);
    text(3, "")(writer);
    text(4, "")(writer);
  });
  return Buffer.concat([Buffer.from("k8s\0"), unknown]);
}

// The numbers are those of Kubernetes' published .proto files, written down here once more.
describe("a body of protobuf (A.1)", () => {
  it("is a Namespace, as `kubectl create namespace` sends it", () => {
    const body = envelope(
      "v1",
      "Namespace",
      nested(1, text(1, "foo"), text(3, "")),
      nested(2),
      nested(3, text(1, "")),
    );
    expect(readProtobuf(body)).toEqual({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "foo" },
      spec: {},
      status: {},
    });
  });

  it("is a Secret, as helm's release store sends it: bytes, labels, a time", () => {
    const entry = (key: string, value: string) => nested(2, text(1, key), text(2, value));
    const label = nested(11, text(1, "owner"), text(2, "helm"));
    const body = envelope(
      "v1",
      "Secret",
      nested(1, text(1, "sh.helm.release.v1.web.v1"), label, nested(8, number(1, 1_764_288_000))),
      entry("release", "H4sIAAAA"),
      text(3, "helm.sh/release.v1"),
    );
    expect(readProtobuf(body)).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "sh.helm.release.v1.web.v1",
        labels: { owner: "helm" },
        creationTimestamp: "2025-11-28T00:00:00Z",
      },
      data: { release: Buffer.from("H4sIAAAA").toString("base64") },
      type: "helm.sh/release.v1",
    });
  });

  it.each([
    [
      "authentication.k8s.io/v1",
      "TokenRequest",
      nested(2, number(4, 3600)),
      { spec: { expirationSeconds: 3600 } },
    ],
    ["policy/v1", "Eviction", nested(1, text(1, "web")), { metadata: { name: "web" } }],
    ["autoscaling/v1", "Scale", nested(2, number(1, 3)), { spec: { replicas: 3 } }],
  ])("is what a subresource takes: %s %s", (apiVersion, kind, part, read) => {
    const body = envelope(apiVersion, kind, part);
    expect(readProtobuf(body)).toEqual({ apiVersion, kind, ...read });
  });

  it("is a Lease, with times of microseconds", () => {
    const body = envelope(
      "coordination.k8s.io/v1",
      "Lease",
      nested(1, text(1, "leader")),
      nested(
        2,
        text(1, "me"),
        number(2, 15),
        nested(3, number(1, 1), number(2, 123_456_000)),
        number(5, 2),
      ),
    );
    expect(readProtobuf(body)).toMatchObject({
      spec: {
        holderIdentity: "me",
        leaseDurationSeconds: 15,
        acquireTime: "1970-01-01T00:00:01.123456Z",
        leaseTransitions: 2,
      },
    });
  });

  it("is a Service, with ports that are numbers or names", () => {
    const port = (...parts: ((w: protobuf.Writer) => void)[]) => nested(1, ...parts);
    const body = envelope(
      "v1",
      "Service",
      nested(1, text(1, "web")),
      nested(
        2,
        port(text(1, "http"), number(3, 80), nested(4, number(1, 0), number(2, 8080))),
        port(text(1, "other"), number(3, 81), nested(4, number(1, 1), text(3, "web"))),
      ),
    );
    const { spec } = readProtobuf(body) as { spec: { ports: object[] } };
    expect(spec.ports).toEqual([
      { name: "http", port: 80, targetPort: 8080 },
      { name: "other", port: 81, targetPort: "web" },
    ]);
  });

  it("keeps any key of a mapping", () => {
    const body = envelope(
      "v1",
      "ConfigMap",
      nested(1, text(1, "a")),
      nested(2, text(1, "__proto__"), text(2, "x")),
    );
    expect(JSON.stringify(readProtobuf(body))).toContain('"data":{"__proto__":"x"}');
  });

  it.each<[string, Buffer, number]>([
    ["without its mark", Buffer.from("{}"), 400],
    ["of a kind that has no numbers", envelope("example.com/v1", "Widget"), 415],
    [
      "that is cut off",
      envelope("v1", "Namespace", nested(1, text(1, "foo"))).subarray(0, 24),
      400,
    ],
  ])("is refused %s", (_, body, code) => {
    expect(() => readProtobuf(body)).toThrow(expect.objectContaining({ code }));
  });

  it("never fails in another way than by a refusal", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(
        bytes,
        fc.constantFrom("Pod", "Secret", "Service", "Namespace"),
        (noise, kind) => {
          const body = envelope(
            "v1",
            kind,
            (writer) => void writer.uint32((2 << 3) | 2).bytes(noise),
          );
          for (const each of [body, Buffer.concat([Buffer.from("k8s\0"), noise])]) {
            try {
              readProtobuf(each);
            } catch (error) {
              expect(error).toBeInstanceOf(StatusError);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
