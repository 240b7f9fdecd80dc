/** What chance and time choose, and what a table's widths follow from it. */
const RULES = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME"],
  [/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, "DATE"],
  [/resourceVersion: "\d+"/g, 'resourceVersion: "N"'],
  [/"resourceVersion": "\d+"/g, '"resourceVersion": "N"'],
  [/\b(web|gen)-[bcdf0-9][bcdfghjklmnpqrstvwxz0-9]{4,9}(-[a-z0-9]{5})?\b/g, "$1-HASH"],
  [/\b(once|manual|daily-\d+)-[a-z0-9]{5}\b/g, "$1-HASH"],
  [/pod-template-hash(=|: )[a-z0-9]+/g, "pod-template-hash$1HASH"],
  [/\b10\.\d+\.\d+\.\d+\b/g, "IP"],
  [/\b(3[0-2]\d{3})\/TCP/g, "NODEPORT/TCP"],
  [/\b(\d+[dhm])*\d+[dhms]( ago)?(?=\s|$|\))/gm, "AGE"],
  [/<unknown>|<invalid>/g, "AGE"],
  [/https:\/\/127\.0\.0\.1:\d+/g, "SERVER"],
  [/Start Time: .*/g, "Start Time: T"],
  [/\b(np|web|gen)-[bcdfghjklmnpqrstvwxz0-9]{5}\b/g, "$1-HASH"],
  [/Resource Version: +\d+/g, "Resource Version: N"],
  [/^(-|\+){3} \S+\/(LIVE|MERGED)-\d+\/(\S+).*$/gm, "$2 $3"],
  [/^diff -u -N .*$/gm, "diff"],
  [/^@@ .* @@$/gm, "@@"],
  [/^W\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ /gm, "W "],
  [/127\.0\.0\.1:\d+/g, "SERVER"],
  [/"(scratch|ours|kubelane)"/g, '"CONTEXT"'],
  // What a client says of streams that it has closed itself.
  [/^E\d{4} .*(Unknown stream id|websocket: close sent).*$\n?/gm, ""],
  // `cp` leaves once it has all of stdout, before or after it heard what tar says.
  [/^tar: .*$\n?/gm, ""],
  [/^E\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ /gm, "E "],
  [/forwarding \d{4,5} ->/g, "forwarding LOCAL ->"],
  [/[ \t]+/g, " "],
  [/ +$/gm, ""],
];

export function normalized(text) {
  return RULES.reduce((result, [pattern, by]) => result.replace(pattern, by), text).trim();
}
