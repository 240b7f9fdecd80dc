import { describe, expect, expectTypeOf, test } from "vitest";
import { parseSelector, type SelectorText, selector } from "../../src/labels/index.ts";
import { corpus } from "./corpus.ts";

describe("a selector template", () => {
  test("takes keys, values, integers and lists", () => {
    const name = "web";
    expect(String(selector`app=${name},tier in ${["b", "a"]},gen>${5},!${"example.com/x"}`)).toBe(
      "app=web,!example.com/x,gen>5,tier in (a,b)",
    );
    expect(String(selector`app=${""}`)).toBe("app=");
    expect(String(selector``)).toBe("");
  });

  test.each([
    ["a,b=c"],
    ["a in (b)"],
    ["web "],
    ["a=b"],
    ["!a"],
    ["-"],
    ["x".repeat(64)],
    [["ok", "a)"]],
    [["a/b"]],
    [1.5],
    [Number.NaN],
    [2 ** 60],
  ])("refuses %j as a part", (part) => {
    expect(() => selector`app=${part}`).toThrow(TypeError);
  });

  test("cannot be extended by a list where one value belongs", () => {
    expect(() => selector`app=${["a", "b"]}`).toThrow("expected value");
  });

  test("says what is wrong with a part", () => {
    expect(() => selector`app=${"a b"}`).toThrow(
      '"a b" is no label value: the value "a b" has U+0020',
    );
    expect(() => selector`gen>${1.5}`).toThrow("1.5 is no integer that a label can hold");
  });
});

describe("a literal", () => {
  test("that is a selector compiles and parses", () => {
    selector("");
    selector("  ");
    selector("app");
    selector(" ! app ");
    selector("app=web");
    selector("app = web , env != prod,x==,y=");
    selector("app in (web,api),tier notin (frontend, backend),!legacy,env!=prod");
    selector("app.kubernetes.io/name in ( web ),x in (),y in (,)");
    selector("gen>5,gen<007,in in (in),notin");
    const wide: string = "app=web";
    expect(selector(wide)).toBe(parseSelector(wide));
  });

  test("that is none does not compile", () => {
    const wrong = () => {
      // @ts-expect-error an operator is missing
      selector("app im (web)");
      // @ts-expect-error a value is not closed
      selector("app in (web");
      // @ts-expect-error no such operator
      selector("app: web");
      // @ts-expect-error a comma at the end
      selector("app,");
      // @ts-expect-error the parts are the wrong way round
      selector("app=!web");
      // @ts-expect-error quotes
      selector("app='web'");
      // @ts-expect-error not an integer
      selector("gen>x");
      // @ts-expect-error a blank inside a key
      selector("my app");
      // @ts-expect-error a comma is missing
      selector("app in (a) env");
      // @ts-expect-error two exclamation marks
      selector("!!app");
      // @ts-expect-error the value comes second
      selector("=web");
      // @ts-expect-error a list where one value belongs
      selector("app=(a,b)");
    };
    expect(wrong).toThrow();
  });

  test("says at compile time what is wrong", () => {
    expectTypeOf<SelectorText<"app,">>().toEqualTypeOf<{ error: 'a key is missing: ""' }>();
    expectTypeOf<SelectorText<"app im (a)">>().toEqualTypeOf<{
      error: 'expected in or notin before the parenthesis: "app im"';
    }>();
    expectTypeOf<SelectorText<"app=web">>().toEqualTypeOf<"app=web">();
  });

  test("is parsed at run time too", () => {
    expect(() => selector("app=-")).toThrow("must start with a letter or digit");
  });

  test("of the corpus is never refused by the compiler when upstream takes it", async () => {
    const { default: ts } = await import("typescript");
    const { fileURLToPath } = await import("node:url");
    const short = ({ in: text, ok }: { in: string; ok: boolean }) => ok && text.length < 120;
    const texts = corpus<{ in: string; ok: boolean }>("selectors").filter(short);
    const root = fileURLToPath(new URL("../../src/labels/", import.meta.url));
    const file = `${root}literals.generated.ts`;
    // The last one is wrong, so that we see the compiler look.
    const some = texts.filter((_, i) => i % 8 === 0).map((one) => one.in);
    const sample = [...some, "my app"].map((text) => JSON.stringify(text));
    const source = [
      'import type { SelectorText } from "./selector-text.ts";',
      "declare function check<const T extends string>(text: SelectorText<T>): void;",
      ...sample.map((text) => `check(${text});`),
    ].join("\n");
    const options = { strict: true, noEmit: true, allowImportingTsExtensions: true, noLib: false };
    const host = ts.createCompilerHost(options);
    const read = host.getSourceFile.bind(host);
    host.getSourceFile = (name, ...rest) =>
      name === file
        ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022)
        : read(name, ...rest);
    const exists = host.fileExists.bind(host);
    host.fileExists = (name) => name === file || exists(name);
    const program = ts.createProgram([file], options, host);
    const found = program.getSemanticDiagnostics(program.getSourceFile(file));
    const messages = found.map((one) => {
      const line = one.file?.getLineAndCharacterOfPosition(one.start ?? 0).line ?? 0;
      return `${sample[line - 2]}: ${ts.flattenDiagnosticMessageText(one.messageText, " ")}`;
    });
    expect(messages).toEqual([expect.stringContaining('Wrong<"not a label key", "my app">')]);
    expect(sample.length).toBeGreaterThan(500);
  }, 180_000);
});
