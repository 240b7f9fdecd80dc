// Makes the parser that peggy generates faster, without changing what it accepts.
//
// 1. The parser's state and functions move out of the parse function, which otherwise makes dozens
//    of closures and expectations anew for every text. Parsing never calls itself, so one set does.
// 2. A character class is looked up in a table by character code; peggy runs a regular expression.
// 3. What a repeated class matched is not collected: our grammar reads text with `$`, never the
//    characters one by one.
//
// Every step must find what it rewrites, so a peggy that generates other code fails the build
// instead of quietly being slow. A test parses the whole corpus with the plain parser too.

/** @param {string} code the source that peggy generates, format "es" */
export function optimize(code) {
  return withoutCollecting(withTables(withModuleState(code)));
}

const PARSE = /^function peg\$parse\(input, options\) \{\n([\s\S]*?)^\}\n/m;
// What stands at the parse function's own level: its indentation is two spaces.
const FUNCTION = /^ {2}function [^\n]*\n(?:[\s\S]*?^ {2}\}\n)?/gm;
const ONE_LINE_FUNCTION = /^ {2}function .*\}\n/gm;
const CONSTANT = /^ {2}const peg\$(?:[cer]\d+|FAILED) = .*;\n/gm;
const VARIABLE = /^ {2}(?:const|let) (peg\$\w+)( = .*)?;\n/gm;

function withModuleState(code) {
  const hoisted = [];
  const hoist = (found) => {
    hoisted.push(found.replace(/^ {2}/gm, ""));
    return "";
  };
  const state = ["input", "options"];
  const parse = PARSE.exec(code);
  if (!parse) throw new Error("found no parse function");
  const body = parse[1]
    .replace(ONE_LINE_FUNCTION, hoist)
    .replace(FUNCTION, hoist)
    .replace(CONSTANT, hoist)
    .replace(VARIABLE, (_found, name, value) => {
      state.push(name);
      return value === undefined ? "" : `  ${name}${value};\n`;
    });
  if (hoisted.length < 20) throw new Error("found no functions to move");
  return code.replace(
    PARSE,
    () => `${hoisted.join("")}
let ${state.join(", ")};

function peg$run() {
${body}}

function peg$parse(text, settings) {
  input = text;
  options = settings;
  try {
    return peg$run();
  } finally {
    // The last text must not stay in memory.
    input = "";
    peg$result = undefined;
  }
}
`,
  );
}

function withTables(code) {
  const classes = new Map();
  const rest = code
    .replace(/^const peg\$r(\d+) = (\/\^\[.*\]\/);\n/gm, (_found, number, source) => {
      const pattern = new RegExp(source.slice(1, -1));
      const bits = Array.from({ length: 128 }, (_, i) =>
        Number(pattern.test(String.fromCharCode(i))),
      );
      classes.set(number, pattern.test("\u0100"));
      return `const peg$t${number} = new Uint8Array([${bits}]);\n`;
    })
    .replace(
      /(s\d+) = input\.charAt\(peg\$currPos\);\n( *)if \(peg\$r(\d+)\.test\(\1\)\)/g,
      (_found, slot, indent, number) => {
        const table = `peg$t${number}[${slot}] === 1`;
        // Past the end the code is NaN, which is neither above nor below anything.
        const test = classes.get(number)
          ? `${slot} > 127 || ${table}`
          : `${slot} < 128 && ${table}`;
        return `${slot} = input.charCodeAt(peg$currPos);\n${indent}if (${test})`;
      },
    );
  if (classes.size === 0 || /peg\$r\d/.test(rest)) throw new Error("a class was not rewritten");
  return rest;
}

function withoutCollecting(code) {
  let found = 0;
  const rest = code.replace(
    /(while \((s\d+) !== peg\$FAILED\) \{\n) *s\d+\.push\(\2\);\n( *\2 = input\.charCodeAt)/g,
    (_found, head, _slot, tail) => {
      found++;
      return head + tail;
    },
  );
  if (found === 0) throw new Error("found no repeated class");
  return rest;
}
