/**
 * The value of a plain (unquoted) scalar in kubectl's YAML: 1.1 without base 60 and timestamps, with
 * Go's 0o and 0b. `yes` is true, `010` is 8, `22:22` and `2001-01-01` are strings.
 * @returns Infinity or NaN for `.inf` and `.nan`, which JSON does not have: the caller refuses them.
 */
export function resolvePlain(text: string): string | number | boolean | null {
  if (text === "") return null;
  const first = text.charCodeAt(0);
  if (first <= 0x39) return first >= 0x2b ? resolveNumber(text) : text;
  if (text.length > LONGEST_WORD) return text;
  const word = WORDS.get(text);
  return word === undefined ? text : word;
}

/**
 * The JSON key for a plain scalar. kubectl converts keys that are not strings: `010` becomes `8`, `yes` becomes
 * `true`, and a number with a fraction is rounded to 32 bits.
 * @returns undefined for keys that Go refuses: null, and unsigned numbers of 64 bits.
 */
export function resolveKey(text: string): string | undefined {
  const value = resolvePlain(text);
  if (typeof value === "string") return value;
  if (value === null) return undefined;
  if (typeof value === "boolean") return String(value);
  const plain = text.replaceAll("_", "");
  if (!isInteger(plain)) return printFloat32(value);
  const integer = exactInteger(plain);
  return integer < 2n ** 63n ? integer.toString() : undefined;
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...spell(true, "y Y yes Yes YES true True TRUE on On ON"),
  ...spell(false, "n N no No NO false False FALSE off Off OFF"),
  ...spell(null, "~ null Null NULL"),
]);

function spell<T>(value: T, words: string): [string, T][] {
  return words.split(" ").map((word) => [word, value]);
}

const LONGEST_WORD = 5;

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** Text that starts with a digit, a sign or a dot. */
function resolveNumber(text: string): string | number {
  const special = SPECIAL_FLOATS.get(text);
  if (special !== undefined) return special;
  const plain = text.includes("_") ? withoutUnderscores(text) : text;
  if (isInteger(plain)) return Number(exactInteger(plain));
  if (!FLOAT.test(plain)) return text;
  // 09 is not an octal number, so it is a float: 9. One that is too large for a float is a string.
  const value = Number(plain);
  return Number.isFinite(value) ? value : text;
}

/** Go removes every underscore, but where a dot comes first only those between digits. */
function withoutUnderscores(text: string): string {
  if (text[0] !== ".") return text.replaceAll("_", "");
  return /^_|_$|\D_|_\D/.test(text) ? text : text.replaceAll("_", "");
}

const SPECIAL_FLOATS: ReadonlyMap<string, number> = new Map([
  ...spell(Number.POSITIVE_INFINITY, ".inf .Inf .INF +.inf +.Inf +.INF"),
  ...spell(Number.NEGATIVE_INFINITY, "-.inf -.Inf -.INF"),
  ...spell(Number.NaN, ".nan .NaN .NAN"),
]);

/** Whether it fits in 64 bits, signed or unsigned. */
function isInteger(text: string): boolean {
  if (!INTEGER.test(text)) return false;
  if (text.length <= 15) return true;
  const value = exactInteger(text);
  // With a sign, even a plus, it is a signed number.
  const signed = text[0] === "-" || text[0] === "+";
  return value >= -(2n ** 63n) && value < (signed ? 2n ** 63n : 2n ** 64n);
}

function exactInteger(text: string): number | bigint {
  const negative = text.startsWith("-");
  const digits = negative || text.startsWith("+") ? text.slice(1) : text;
  // Number() understands 0x, 0b and 0o, but not a leading 0 for octal.
  const modern = /^0[0-7]+$/.test(digits) ? `0o${digits}` : digits;
  if (text.length > 15) return negative ? -BigInt(modern) : BigInt(modern);
  const value = Number(modern);
  return negative && value !== 0 ? -value : value;
}

/** The shortest text for a number of 32 bits, as Go's `%g` prints it. */
function printFloat32(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  const float = Math.fround(value);
  if (!Number.isFinite(float)) return float < 0 ? "-.inf" : ".inf";
  if (float === 0) return Object.is(float, -0) ? "-0" : "0";
  let digits = 0;
  while (Math.fround(Number(float.toExponential(digits))) !== float) digits++;
  const [mantissa, power] = float.toExponential(digits).split("e") as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? "-" : "+";
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return Number(`${mantissa}e${exponent}`).toString();
}

const LONG_PREFIX = "tag:yaml.org,2002:";

/**
 * The value of a scalar with an explicit tag (`!!str 8080`); tags other than YAML's own are ignored.
 * @returns undefined when the text is invalid for the tag.
 */
export function resolveTagged(
  tag: string,
  text: string,
): string | number | boolean | null | undefined {
  const value = resolvePlain(text);
  switch (tag.startsWith(LONG_PREFIX) ? tag.slice(LONG_PREFIX.length) : "") {
    case "int":
      return Number.isInteger(value) ? value : undefined;
    case "float":
      return typeof value === "number" ? value : undefined;
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "null":
      return value === null ? value : undefined;
    case "binary":
      return decodeBase64(text);
    default:
      return text;
  }
}

function decodeBase64(text: string): string | undefined {
  const compact = text.replace(/[\r\n]/g, "");
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, "base64").toString("utf8");
}
