import { describe, expect, test } from "vitest";
import { parseSelector } from "../../src/labels/index.ts";
import {
  type LabelMatchers,
  labelMatchers,
  toBeValidLabels,
  toMatchSelector,
} from "../../src/testing/index.ts";

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: the parameter list must equal vitest's own
  interface Matchers<T = any> extends LabelMatchers<T> {}
}

expect.extend(labelMatchers);

describe("toMatchSelector", () => {
  test("takes labels or an object, a selector or its text", () => {
    expect({ app: "web" }).toMatchSelector("app=web");
    expect({ metadata: { labels: { app: "web" } } }).toMatchSelector(parseSelector("app"));
    expect({ metadata: {} }).toMatchSelector("!app");
    expect({ app: "web" }).not.toMatchSelector("app=api");
  });

  test("fails with a verdict for each requirement", () => {
    const result = toMatchSelector({ app: "web", env: "prod" }, "app=api,env=prod");
    expect(result.pass).toBe(false);
    expect(result.message()).toBe(
      'expected {"app":"web","env":"prod"} to match app=api,env=prod\n' +
        '✗ app=api: app is "web", not "api"\n' +
        '✓ env=prod: env is "prod"',
    );
    expect(toMatchSelector({}, "").message()).toContain("expected {} not to match");
  });

  test("wants labels or an object", () => {
    expect(() => toMatchSelector("app=web", "app")).toThrow(TypeError);
    expect(() => toMatchSelector(null, "app")).toThrow(TypeError);
  });
});

describe("toBeValidLabels", () => {
  test("passes for valid labels alone", () => {
    expect({}).toBeValidLabels();
    expect({ "app.kubernetes.io/name": "web", empty: "" }).toBeValidLabels();
    expect({ "bad key": "x" }).not.toBeValidLabels();
    expect({ app: "-" }).not.toBeValidLabels();
    expect({ port: 80 }).not.toBeValidLabels();
  });

  test("fails with every broken rule", () => {
    const message = toBeValidLabels({ "a b": "-", n: 1 }).message();
    expect(message.split("\n")).toEqual([
      'expected {"a b":"-","n":1} to be valid labels',
      'a b: the name "a b" has U+0020; only letters, digits, "-", "_" and "." are allowed',
      'a b: the value "-" must start with a letter or digit',
      "n: the value is no string",
    ]);
    expect(toBeValidLabels({}).message()).toBe("expected {} not to be valid labels");
  });
});
