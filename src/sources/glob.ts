/** Whether a path as the user typed it is a pattern and not the name of something. */
export function isGlob(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/** The folder below which everything that a pattern matches lies: `k8s/**\/web.yaml` → `k8s`. */
export function globBase(pattern: string): string {
  const segments = pattern.split("/");
  const first = segments.findIndex(isGlob);
  const base = segments.slice(0, first).join("/");
  return base === "" ? (pattern.startsWith("/") ? "/" : ".") : base;
}

/**
 * The pattern as a regular expression over whole paths with `/` between names: `*` and `?` stay within a
 * name and don't match a leading dot, `**` spans folders, `[a-z]` and `{a,b}` choose.
 */
export function globToRegExp(pattern: string): RegExp {
  let source = "";
  let choices = 0;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    const atStart = i === 0 || pattern[i - 1] === "/";
    if (atStart && /^\*\*(?:\/|$)/.test(pattern.slice(i, i + 3))) {
      source += pattern[i + 2] === "/" ? "(?:(?!\\.)[^/]+/)*" : "(?:(?!\\.)[^/]+/)*(?!\\.)[^/]*";
      i += 2;
    } else if (character === "*") {
      while (pattern[i + 1] === "*") i++;
      source += atStart ? "(?!\\.)[^/]*" : "[^/]*";
    } else if (character === "?") {
      source += atStart ? "(?!\\.)[^/]" : "[^/]";
    } else if (character === "[" && pattern.indexOf("]", i + 2) > 0) {
      const end = pattern.indexOf("]", i + 2);
      source += (atStart ? "(?!\\.)" : "") + classSource(pattern.slice(i + 1, end));
      i = end;
    } else if (character === "{" && pattern.indexOf("}", i) > 0) {
      source += "(?:";
      choices++;
    } else if (character === "}" && choices > 0) {
      source += ")";
      choices--;
    } else if (character === "," && choices > 0) {
      source += "|";
    } else {
      source += character.replace(/[\\^$.*+?()[\]{}|]/, "\\$&");
    }
  }
  return new RegExp(`^${source}${")".repeat(choices)}$`);
}

function classSource(content: string): string {
  const negated = /^[!^]/.test(content);
  const members = (negated ? content.slice(1) : content).replace(/[\\\]^]/g, "\\$&");
  return `(?!/)[${negated ? "^" : ""}${members}]`;
}
