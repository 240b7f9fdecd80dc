import { describe, expect, it } from "vitest";
import { type ManifestMatchers, manifestMatchers } from "../../src/testing/manifest-matchers.ts";

declare module "vitest" {
  interface Matchers<T> extends ManifestMatchers<T> {}
}

expect.extend(manifestMatchers);

const FINE = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n";
const service =
  "apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec:\n  selector: { app: web }\n  ports: [{ port: 80 }]\n";

describe("toPassCheck", () => {
  it("passes when nothing is found, each by itself and all together", () => {
    expect(FINE).toPassCheck();
    expect(service).not.toPassCheck();
    expect(service).toPassCheck("service-no-match");
    expect(service.replace("  selector", "  # kubelane-ignore\n  selector")).toPassCheck();
  });

  it("fails with the findings and their lines", () => {
    expect(() => expect(service).toPassCheck()).toThrow(
      /^expected the manifests to pass kubelane check\nmanifests:5:3: warning: selects app=web.*\[service-no-match\]\n4 \| spec:\n5 \| {3}selector/s,
    );
    expect(() => expect(FINE).not.toPassCheck()).toThrow(/not to pass/);
  });

  it("takes text only", () => {
    expect(() => expect(1).toPassCheck()).toThrow(TypeError);
  });
});
