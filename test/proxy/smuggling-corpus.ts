/** One way to write a request that two parsers may read differently. */
export interface Payload {
  readonly name: string;
  /** @param id stands in the paths `/pID` of the request and `/smuggledID` of what hides in it. */
  bytes(id: number): string;
}

const payloads: Payload[] = [];

/** @param text with `@` for the request's path and `$` for a whole request that hides in it. */
function add(name: string, text: string): void {
  payloads.push({
    name,
    bytes: (id) =>
      text
        .replaceAll("$", `GET /smuggled${id} HTTP/1.1\r\nHost: web.shop\r\n\r\n`)
        .replaceAll("@", `/p${id}`),
  });
}

const H = "Host: web.shop\r\n";
const post = (fields: string, body: string) => `POST @ HTTP/1.1\r\n${H}${fields}\r\n${body}`;
const get = (fields: string, after = "") => `GET @ HTTP/1.1\r\n${H}${fields}\r\n${after}`;
const show = (text: string) => JSON.stringify(text).slice(1, -1);

// How the chunked coding may be disguised, alone and with a length on either side of it.
const CODINGS = [
  "Transfer-Encoding: chunked",
  "Transfer-Encoding:chunked",
  "Transfer-Encoding:\tchunked",
  "Transfer-Encoding:  chunked",
  "Transfer-Encoding: chunked ",
  "Transfer-Encoding: chunked\t",
  "Transfer-Encoding: Chunked",
  "transfer-encoding: CHUNKED",
  "Transfer-Encoding : chunked",
  "Transfer-Encoding\t: chunked",
  " Transfer-Encoding: chunked",
  "\tTransfer-Encoding: chunked",
  "X: y\r\n Transfer-Encoding: chunked",
  "Transfer-Encoding:\r\n chunked",
  "Transfer-Encoding:\r\n\tchunked",
  "Transfer-Encoding: chunked\r\n ",
  "Transfer-Encoding: \x0bchunked",
  "Transfer-Encoding: \x0cchunked",
  "Transfer-Encoding: \x00chunked",
  "Transfer-Encoding: chunked\x00",
  "Transfer-Encoding: chunked\x0b",
  "Transfer-Encoding: \xa0chunked",
  "Transfer-Encoding: chunked\xa0",
  "Transfer-Encoding: chunked\x7f",
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  "Transfer-Encoding: chunked;q=1",
  "Transfer-Encoding: chunked; a=b",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: chunked,",
  "Transfer-Encoding: ,chunked",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: identity, chunked",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: gzip",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked, gzip",
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding: chunkedx",
  "Transfer-Encoding: chunk",
  "Transfer-Encoding: cow",
  "Transfer-Encoding:",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
  "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
  "Transfer-Encoding: chunked\r\nTransfer-encoding: cow",
  "Transfer_Encoding: chunked",
  "Transfer-Encoding\x00: chunked",
  "Transfer-Encoding\xa0: chunked",
  "Transfer Encoding: chunked",
  "Content-Encoding: chunked",
  "TE: chunked",
  "X: \nTransfer-Encoding: chunked",
  "X: \rTransfer-Encoding: chunked",
  "X: y\nTransfer-Encoding: chunked",
  "Transfer-Encoding: chunked\nX: y",
];
for (const line of CODINGS) {
  const body = "0\r\n\r\n$";
  add(`${show(line)} alone`, post(`${line}\r\n`, body));
  add(`${show(line)} after a length`, post(`Content-Length: 5\r\n${line}\r\n`, body));
  add(`${show(line)} before a length`, post(`${line}\r\nContent-Length: 5\r\n`, body));
}

// Lengths that are no number to somebody.
const LENGTHS = [
  "+5",
  "-5",
  "-0",
  "0x5",
  "5h",
  "5,5",
  "5, 5",
  "5,6",
  "5 5",
  "5;5",
  "5.0",
  "5e0",
  "5_0",
  " 5",
  "5 ",
  "\t5",
  "05",
  "0005",
  "5\x00",
  "\x005",
  "5\x0b",
  "\x0b5",
  "\xa05",
  "5\xa0",
  "５",
  "",
  " ",
  "abc",
  "5\r\n 5",
  "5\r\n\t0",
  "\r\n 5",
  "5\nX: y",
  "18446744073709551621",
  "9223372036854775808",
  "4294967301",
  "99999999999999999999999",
  "NaN",
  "Infinity",
  "5%00",
  '"5"',
];
for (const length of LENGTHS) {
  add(`the length ${show(length)}`, post(`Content-Length: ${length}\r\n`, "hello$"));
  add(
    `the length ${show(length)} after 5`,
    post(`Content-Length: 5\r\nContent-Length: ${length}\r\n`, "hello$"),
  );
  add(
    `the length ${show(length)} before 5`,
    post(`Content-Length: ${length}\r\nContent-Length: 5\r\n`, "hello$"),
  );
}
for (const name of [
  "Content-Length ",
  "Content-Length\t",
  "Content_Length",
  "Content-Length\x00",
  " Content-Length",
  "Content-Length\xa0",
  "Content Length",
  "Content-\r\n Length",
]) {
  add(`a length named ${show(name)}`, post(`${name}: 5\r\n`, "hello$"));
}
for (const method of ["GET", "HEAD", "OPTIONS", "DELETE", "TRACE", "FOO"]) {
  add(`${method} with a length`, `${method} @ HTTP/1.1\r\n${H}Content-Length: 44\r\n\r\n$`);
  add(
    `${method} in chunks`,
    `${method} @ HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n$`,
  );
}

// Chunks.
const chunks = (body: string) => post("Transfer-Encoding: chunked\r\n", body);
const SIZES = [
  "5",
  "05",
  "0000000000000005",
  "5 ",
  "5\t",
  " 5",
  "\t5",
  "+5",
  "-5",
  "0x5",
  "5h",
  "5g",
  "5;",
  "5;a",
  "5;a=b",
  "5 ;a",
  '5;a="b"',
  '5;a="\r\n',
  "5;a\n",
  "5;a\rX",
  "5;\x00",
  "5;a\x00",
  "5;\x7f",
  "5;é",
  "5,5",
  "5.0",
  "5_",
  "5\x00",
  "\x005",
  "5\x0b",
  "\xa05",
  "5\xa0",
  "",
  "g",
  "FFFFFFFFFFFFFFFF5",
  "100000000000000005",
  "fffffffffffffff",
  "８",
  "5\r",
  "5\r\r",
  "5:",
  "5=",
  "%35",
  "5\\",
  "'5'",
  "5;;",
  "5; ; a",
];
for (const size of SIZES)
  add(`the chunk size ${show(size)}`, chunks(`${size}\r\nhello\r\n0\r\n\r\n$`));
for (const end of [
  "\n",
  "\r",
  "\r\r\n",
  "\n\r",
  "",
  " \r\n",
  "\r\n\r\n",
  "\x00\r\n",
  "\x0b\r\n",
  "x\r\n",
]) {
  add(`${show(end)} after a chunk size`, chunks(`5${end}hello\r\n0\r\n\r\n$`));
  add(`${show(end)} after a chunk`, chunks(`5\r\nhello${end}0\r\n\r\n$`));
  add(`${show(end)} after the last chunk`, chunks(`5\r\nhello\r\n0${end}\r\n$`));
  add(`${show(end)} at the end`, chunks(`5\r\nhello\r\n0\r\n${end}$`));
}
for (const last of ["00", "000000000", "0 ", "0;a", "-0", "+0", "0x0", "", "0\t", "0\x00"]) {
  add(`the last chunk ${show(last)}`, chunks(`5\r\nhello\r\n${last}\r\n\r\n$`));
}
for (const trailer of [
  "X: y",
  "Content-Length: 44",
  "Transfer-Encoding: chunked",
  "Host: admin.shop",
  "X : y",
  " X: y",
  "X",
  ": y",
  "X: y\r\n z",
  "X: \x00",
  "X: y\nZ: w",
  "X: y\rZ: w",
  "Authorization: x",
  "X-Forwarded-For: 6.6.6.6",
  "Connection: close",
  "Trailer: X",
  "Content-Length: 44\r\nX: y",
  "GET /smuggled HTTP/1.1",
]) {
  add(`the trailer ${show(trailer)}`, chunks(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n$`));
}

// Characters where they don't belong.
const ODD: readonly (readonly [string, string])[] = [
  ["NUL", "\x00"],
  ["SOH", "\x01"],
  ["BS", "\x08"],
  ["TAB", "\t"],
  ["LF", "\n"],
  ["VT", "\x0b"],
  ["FF", "\x0c"],
  ["CR", "\r"],
  ["ESC", "\x1b"],
  ["a blank", " "],
  ["DEL", "\x7f"],
  ["0x80", "\x80"],
  ["0x85", "\x85"],
  ["0xA0", "\xa0"],
  ["0xFF", "\xff"],
  ["a colon", ":"],
  ["a quote", '"'],
  ["a parenthesis", "("],
  ["a comma", ","],
  ["a slash", "/"],
  ["@", "\x40"],
];
for (const [name, c] of ODD) {
  const at = c === "\x40" ? "%40" : c;
  add(`${name} before a field's name`, get(`${at}X: y\r\n`));
  add(`${name} in a field's name`, get(`X${at}Y: y\r\n`));
  add(`${name} before a colon`, get(`X${at}: y\r\n`));
  add(`${name} after a colon`, get(`X:${at}y\r\n`));
  add(`${name} in a value`, get(`X: y${at}Transfer-Encoding: chunked\r\n`, "0\r\n\r\n$"));
  add(`${name} at the end of a value`, get(`X: y${at}\r\n`));
  add(`${name} before the method`, `${at}GET @ HTTP/1.1\r\n${H}\r\n`);
  add(`${name} in the method`, `GE${at}T @ HTTP/1.1\r\n${H}\r\n`);
  add(`${name} after the method`, `GET${at} @ HTTP/1.1\r\n${H}\r\n`);
  add(`${name} for the first blank`, `GET${at}@ HTTP/1.1\r\n${H}\r\n`);
  add(`${name} in the path`, `GET @${at}a HTTP/1.1\r\n${H}\r\n`);
  add(`${name} before the version`, `GET @ ${at}HTTP/1.1\r\n${H}\r\n`);
  add(`${name} after the version`, `GET @ HTTP/1.1${at}\r\n${H}\r\n`);
  add(`${name} in the Host`, `GET @ HTTP/1.1\r\nHost: web${at}.shop\r\n\r\n`);
  add(`${name} after the Host`, `GET @ HTTP/1.1\r\nHost: web.shop${at}\r\n\r\n`);
}

// Request lines.
for (const line of [
  "GET @",
  "GET @ HTTP/0.9",
  "GET @ HTTP/1.2",
  "GET @ HTTP/2.0",
  "GET @ HTTP/3",
  "GET @ HTTP/1.10",
  "GET @ HTTP/01.1",
  "GET @ HTTP/1.1.1",
  "GET @ http/1.1",
  "GET @ HTTP /1.1",
  "GET @ HTTP/1. 1",
  "GET @ HTTPS/1.1",
  "GET @ HTTP/-1.1",
  "GET @ HTTP/1,1",
  "GET @ HTTP1.1",
  "GET @ HTTP/11",
  "get @ HTTP/1.1",
  "GET  @ HTTP/1.1",
  "GET @  HTTP/1.1",
  "GET @ x HTTP/1.1",
  "GET @ HTTP/1.1 HTTP/1.1",
  "GET",
  "@ HTTP/1.1",
  "GET HTTP/1.1",
  "GET http://web.shop@ HTTP/1.1",
  "GET HTTP://web.shop@ HTTP/1.1",
  "GET http://admin.shop@ HTTP/1.1",
  "GET http://web.shop:80@ HTTP/1.1",
  "GET http://a@web.shop@ HTTP/1.1",
  "GET //admin.shop@ HTTP/1.1",
  "GET https://web.shop@ HTTP/1.1",
  "GET ftp://web.shop@ HTTP/1.1",
  "GET file://@ HTTP/1.1",
  "GET http:@ HTTP/1.1",
  "GET http:/web.shop@ HTTP/1.1",
  "GET http:///@ HTTP/1.1",
  "GET @#x HTTP/1.1",
  "GET @? HTTP/1.1",
  "GET @/../x HTTP/1.1",
  "GET @/%2e%2e/x HTTP/1.1",
  "GET @%00 HTTP/1.1",
  "GET @%0d%0aX: HTTP/1.1",
  "GET @\\x HTTP/1.1",
  "GET web.shop@ HTTP/1.1",
  "GET *@ HTTP/1.1",
  "OPTIONS *@ HTTP/1.1",
]) {
  add(`the request line ${show(line)}`, `${line}\r\n${H}\r\n`);
}
for (const version of ["1.0", "1.1"]) {
  add(
    `chunks in HTTP/${version} with keep-alive`,
    `POST @ HTTP/${version}\r\n${H}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$`,
  );
  add(
    `chunks and a length in HTTP/${version}`,
    `POST @ HTTP/${version}\r\n${H}Connection: keep-alive\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$`,
  );
}

// Hosts.
for (const host of [
  "",
  " ",
  "web.shop, admin.shop",
  "web.shop admin.shop",
  "web.shop/x",
  "a@web.shop",
  "web.shop#x",
  "web.shop?x",
  "web.shop:",
  "web.shop:80",
  "web.shop:080",
  "web.shop:x",
  "web.shop:99999",
  "web.shop:-1",
  "web.shop:80:80",
  "[web.shop]",
  "[::1",
  "[::1]x",
  "web.shop\r\nHost: web.shop",
  "web.shop\r\nHost: admin.shop",
  "admin.shop\r\n Host: web.shop",
  "web..shop",
  ".web.shop",
  "web.shop.",
  "web.shop..",
  "WEB.SHOP",
  "web.shop%00",
  "web.shop\\",
  "http://web.shop",
  "-web.shop",
]) {
  add(`the Host ${show(host)}`, `GET @ HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
}
for (const name of [
  "Host ",
  " Host",
  "Host\t",
  "\tHost",
  "Hos t",
  "Host\x00",
  "host",
  "HOST",
  "X-Host",
]) {
  add(`a Host named ${show(name)}`, `GET @ HTTP/1.1\r\n${name}: web.shop\r\n\r\n`);
}
add("no Host", "GET @ HTTP/1.1\r\n\r\n");

// Ends of lines, and what comes before and after a request.
add("LF throughout", "GET @ HTTP/1.1\nHost: web.shop\n\n");
add("LF at the end of the head", `GET @ HTTP/1.1\r\n${H}\n`);
add("CR at the end of the head", `GET @ HTTP/1.1\r\n${H}\r`);
add("CR CR LF at the end of the head", `GET @ HTTP/1.1\r\n${H}\r\r\n`);
add("LF CR at the end of a line", `GET @ HTTP/1.1\r\nHost: web.shop\n\rX: y\r\n\r\n`);
add("an empty line before the request", `\r\n${get("")}`);
add("three empty lines before the request", `\r\n\r\n\r\n${get("")}`);
add("an empty line of LF before the request", `\n${get("")}`);
add("a blank line before the first field", `GET @ HTTP/1.1\r\n \r\n${H}\r\n`);
add("a request behind a request", get("", "$"));
add("a request behind a body", post("Content-Length: 5\r\n", "hello$"));
add("a request within a body", post("Content-Length: 44\r\n", "$"));
add("a request behind Connection: close", get("Connection: close\r\n", "$"));
add(
  "a request behind an upgrade",
  get(
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n",
    "$",
  ),
);
add(
  "a request behind an upgrade with a length",
  get("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n", "hello$"),
);
add(
  "a request behind an upgrade to h2c",
  get(
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    "$",
  ),
);
add("a request behind Expect", post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello$"));
add("a request behind an odd Expect", post("Expect: x\r\nContent-Length: 5\r\n", "hello$"));

// What a Connection list may take away.
for (const name of [
  "Content-Length",
  "Transfer-Encoding",
  "Host",
  "X-Forwarded-For",
  "Cookie",
  "Authorization",
  "close, Content-Length",
  "Keep-Alive",
  "TE",
  "Upgrade",
  "x\x00y",
  "\x0b",
  ",",
  ",,close",
]) {
  add(`Connection: ${show(name)}`, post(`Connection: ${name}\r\nContent-Length: 5\r\n`, "hello$"));
}

export const CORPUS: readonly Payload[] = payloads;
