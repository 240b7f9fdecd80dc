import { describe, expect, test } from "vitest";
import {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelKey,
  validateLabelValue,
} from "../../src/labels/index.ts";

const name63 = "a".repeat(63);
const name64 = "a".repeat(64);

type Row = [text: string, problems: [part: string, rule: string, offset: number][]];

const check = (validate: (text: string) => readonly object[]) => (text: string, problems: Row[1]) =>
  expect(validate(text)).toMatchObject(
    problems.map(([part, rule, offset]) => ({ part, rule, offset })),
  );

describe("a label key (S.4)", () => {
  test.each<Row>([
    ["app", []],
    ["A..b--c__9", []],
    [name63, []],
    [`${"a".repeat(253)}/${name63}`, []],
    ["a.b-c.9/x", []],
    ["", [["name", "name-empty", 0]]],
    ["a/", [["name", "name-empty", 2]]],
    ["/a", [["prefix", "prefix-empty", 0]]],
    [
      "/",
      [
        ["prefix", "prefix-empty", 0],
        ["name", "name-empty", 1],
      ],
    ],
    ["a/b/c", [["key", "key-too-many-slashes", 3]]],
    ["//", [["key", "key-too-many-slashes", 1]]],
    [name64, [["name", "name-too-long", 63]]],
    [`p/${name64}`, [["name", "name-too-long", 65]]],
    [
      "é".repeat(32),
      [
        ["name", "name-too-long", 63],
        ["name", "name-bad-character", 0],
      ],
    ],
    ["a b", [["name", "name-bad-character", 1]]],
    ["p/a:b", [["name", "name-bad-character", 3]]],
    ["-a", [["name", "name-bad-edge", 0]]],
    ["a.", [["name", "name-bad-edge", 1]]],
    ["p/_", [["name", "name-bad-edge", 2]]],
    ["a\n", [["name", "name-bad-character", 1]]],
    [`${"a".repeat(254)}/x`, [["prefix", "prefix-too-long", 253]]],
    ["A.b/x", [["prefix", "prefix-bad-character", 0]]],
    ["a_b/x", [["prefix", "prefix-bad-character", 1]]],
    ["a..b/x", [["prefix", "prefix-bad-edge", 2]]],
    ["a.-b/x", [["prefix", "prefix-bad-edge", 2]]],
    ["a-.b/x", [["prefix", "prefix-bad-edge", 1]]],
    ["a./x", [["prefix", "prefix-bad-edge", 2]]],
    [".a/x", [["prefix", "prefix-bad-edge", 0]]],
    [
      "A/-",
      [
        ["prefix", "prefix-bad-character", 0],
        ["name", "name-bad-edge", 2],
      ],
    ],
  ])("%j", check(validateLabelKey));
});

describe("a label value (S.4)", () => {
  test.each<Row>([
    ["", []],
    ["a", []],
    [name63, []],
    [name64, [["value", "value-too-long", 63]]],
    [
      `${"é".repeat(31)}ab`,
      [
        ["value", "value-too-long", 63],
        ["value", "value-bad-character", 0],
      ],
    ],
    [`${"😀".repeat(15)}abc`, [["value", "value-bad-character", 0]]],
    ["a/b", [["value", "value-bad-character", 1]]],
    ["-", [["value", "value-bad-edge", 0]]],
    ["a-", [["value", "value-bad-edge", 1]]],
    [".a", [["value", "value-bad-edge", 0]]],
  ])("%j", check(validateLabelValue));
});

describe("DNS names", () => {
  test.each<Row>([
    ["a-9", []],
    ["9", []],
    [name63, []],
    [name64, [["dns", "dns-too-long", 63]]],
    ["", [["dns", "dns-empty", 0]]],
    ["a.b", [["dns", "dns-has-dots", 1]]],
    ["a..b", [["dns", "dns-bad-character", 1]]],
    ["A", [["dns", "dns-bad-character", 0]]],
    ["-a", [["dns", "dns-bad-edge", 0]]],
    ["a-", [["dns", "dns-bad-edge", 1]]],
  ])("as a DNS-1123 label: %j", check(validateDns1123Label));

  test.each<Row>([
    ["a9", []],
    ["9a", [["dns", "dns-bad-edge", 0]]],
    ["a-", [["dns", "dns-bad-edge", 1]]],
    ["-a", [["dns", "dns-bad-edge", 0]]],
    ["a.b", [["dns", "dns-has-dots", 1]]],
    ["a_b", [["dns", "dns-bad-character", 1]]],
  ])("as a DNS-1035 label: %j", check(validateDns1035Label));

  test.each<Row>([
    ["a.b-c.9", []],
    [name64, []],
    ["a".repeat(253), []],
    ["a".repeat(254), [["dns", "dns-too-long", 253]]],
    ["", [["dns", "dns-empty", 0]]],
    ["a..b", [["dns", "dns-bad-edge", 2]]],
    ["a.b-", [["dns", "dns-bad-edge", 3]]],
    ["a.b_", [["dns", "dns-bad-character", 3]]],
  ])("as a DNS-1123 subdomain: %j", check(validateDns1123Subdomain));
});

describe("messages", () => {
  test.each<[validate: () => readonly { message: string }[], message: string]>([
    [() => validateLabelKey(""), "a label key must not be empty"],
    [() => validateLabelKey("a/"), 'the name after "/" is empty'],
    [
      () => validateLabelKey("/a"),
      'the prefix before "/" is empty; leave the "/" out or write a DNS name before it',
    ],
    [
      () => validateLabelKey("a/b/c"),
      '"a/b/c" has more than one "/"; a label key is "name" or "prefix/name"',
    ],
    [() => validateLabelKey(name64), "the name has 64 bytes, at most 63 fit"],
    [() => validateLabelKey(`${"a".repeat(254)}/x`), "the prefix has 254 bytes, at most 253 fit"],
    [
      () => validateLabelKey("a é"),
      'the name "a é" has U+0020; only letters, digits, "-", "_" and "." are allowed',
    ],
    [
      () => validateLabelKey("A/x"),
      "the prefix \"A\" has \"A\"; only lower-case letters, digits, '-' and '.' are allowed",
    ],
    [
      () => validateLabelKey("a.-b/x"),
      'the prefix "a.-b" must start each part with a letter or digit',
    ],
    [
      () => validateLabelKey("a-.b/x"),
      'the prefix "a-.b" must end each part with a letter or digit',
    ],
    [() => validateLabelValue("a-"), 'the value "a-" must end with a letter or digit'],
    [() => validateLabelValue("-a"), 'the value "-a" must start with a letter or digit'],
    [() => validateLabelValue("x".repeat(100)), "the value has 100 bytes, at most 63 fit"],
    [
      () => validateLabelValue("a😀"),
      'the value "a😀" has U+1F600; only letters, digits, "-", "_" and "." are allowed',
    ],
    [() => validateDns1123Label(""), "a DNS name must not be empty"],
    [() => validateDns1123Label("a.b"), '"a.b" must not contain dots'],
    [
      () => validateDns1123Label("a_b"),
      '"a_b" has "_"; only lower-case letters, digits and \'-\' are allowed',
    ],
    [() => validateDns1035Label("9"), '"9" must start each part with a letter'],
    [() => validateDns1123Label(name64), `"${name64}" has 64 bytes, at most 63 fit`],
  ])("%s", (validate, message) => {
    // Called here and not in the table, so that a failure belongs to its line.
    expect(validate()[0]?.message).toBe(message);
  });

  test("show a long text shortened", () => {
    const [, problem] = validateLabelValue(`${"x".repeat(1000)} `);
    expect(problem?.message).toContain(`"${"x".repeat(77)}..."`);
    expect(problem?.message.length).toBeLessThan(200);
  });
});
