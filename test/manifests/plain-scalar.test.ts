import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { resolvePlain, resolveTagged } from "../../src/manifests/plain-scalar.ts";

/** What kubectl 1.32 made of each plain scalar: the text, the JSON type, the JSON text. */
const KUBECTL = JSON.parse(
  gunzipSync(
    readFileSync(new URL("../fixtures/manifests/kubectl-scalars.json.gz", import.meta.url)),
  ).toString(),
) as [text: string, type: "string" | "number" | "boolean" | "null", json: string][];

test("every plain scalar of the table means what it means to kubectl", () => {
  const wrong = KUBECTL.filter(([text, type, json]) => {
    const value = resolvePlain(text);
    return value !== (type === "string" ? json : JSON.parse(json || "null"));
  });
  expect(wrong).toEqual([]);
  expect(KUBECTL.length).toBeGreaterThan(2000);
});

test.each([".inf", "+.Inf", "-.INF", ".nan", ".NaN"])("%s is a number that JSON lacks", (text) => {
  expect(Number.isFinite(resolvePlain(text) as number)).toBe(false);
});

describe("an explicit tag", () => {
  test.each([
    ["tag:yaml.org,2002:str", "8080", "8080"],
    ["tag:yaml.org,2002:int", "010", 8],
    ["tag:yaml.org,2002:float", "1", 1],
    ["tag:yaml.org,2002:bool", "yes", true],
    ["tag:yaml.org,2002:null", "~", null],
    ["tag:yaml.org,2002:binary", "aGVs\nbG8=", "hello"],
    ["tag:yaml.org,2002:timestamp", "2001-01-01", "2001-01-01"],
    ["!custom", "12", "12"],
    ["!", "yes", "yes"],
  ])("%s of %j gives %j", (tag, text, value) => {
    expect(resolveTagged(tag, text)).toBe(value);
  });

  test.each([
    ["tag:yaml.org,2002:int", "1.5"],
    ["tag:yaml.org,2002:float", "x"],
    ["tag:yaml.org,2002:bool", "1"],
    ["tag:yaml.org,2002:null", "x"],
    ["tag:yaml.org,2002:binary", "=="],
  ])("%s of %j is refused", (tag, text) => {
    expect(resolveTagged(tag, text)).toBeUndefined();
  });
});
