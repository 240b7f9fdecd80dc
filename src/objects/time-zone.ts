/**
 * Whether Go knows a time zone by this name: one of the IANA's, spelled as there. Names that a system may have
 * beside them, such as `PST`, and spellings that browsers forgive, such as `europe/berlin`, are none.
 */
export function isTimeZone(name: string): boolean {
  if (name === "UTC") return true;
  try {
    const zone = new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone;
    // Node resolves a link to where it leads; the spelling of a link can't be compared with that.
    return zone === name || (zone.toLowerCase() !== name.toLowerCase() && isSpelledLikeAZone(name));
  } catch {
    return false;
  }
}

/** With the IANA's capital letters, or one of its short names. */
function isSpelledLikeAZone(name: string): boolean {
  if (SHORT.has(name)) return true;
  const [area, ...places] = name.split("/");
  return (
    AREAS.has(area!) &&
    places.length > 0 &&
    places.every((place) => /^[A-Z][A-Za-z0-9_+-]*$/.test(place))
  );
}

const AREAS: ReadonlySet<string> = new Set([
  "Africa",
  "America",
  "Antarctica",
  "Arctic",
  "Asia",
  "Atlantic",
  "Australia",
  "Brazil",
  "Canada",
  "Chile",
  "Etc",
  "Europe",
  "Indian",
  "Mexico",
  "Pacific",
  "US",
]);

/** The IANA's names without an area. */
const SHORT: ReadonlySet<string> = new Set(
  (
    "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran " +
    "Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK " +
    "Singapore Turkey UCT Universal W-SU WET Zulu"
  ).split(" "),
);
