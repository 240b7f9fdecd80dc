import { describe, expect, it } from "vitest";
import { parseEnvFile } from "../../src/runtime/env-file.ts";

describe("an env file", () => {
  it.each([
    ["A=1", { A: "1" }],
    ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["# A=1\n\n  \nexport B = x y ", { B: "x y" }],
    ['A="x y"\nB=\'$C\'\nC="', { A: "x y", B: "$C", C: '"' }],
    ["A=b=c#d", { A: "b=c#d" }],
    ["A=", { A: "" }],
    ["no assignment\n=x", {}],
    ["A=1\nA=2", { A: "2" }],
  ])("%j gives %j", (text, expected) => {
    expect({ ...parseEnvFile(text) }).toEqual(expected);
  });

  it("may name any variable", () => {
    expect(Object.keys(parseEnvFile("__proto__=x"))).toEqual(["__proto__"]);
  });
});
