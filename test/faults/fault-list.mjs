/**
 * What can go wrong in a call of Node that a serving `up` makes again and again, by call. `share` is the part of
 * the calls that fail while faults are injected: small for calls that every request makes.
 *
 * `net` stands for TCP, `pipe` for Unix sockets and the output of local pods. Calls that only a start makes (the
 * listeners of DNS and gateway) have no serving to disturb, and are not here.
 */
export const FAULTS = [
  {
    call: "net connect",
    share: 0.15,
    errors: ["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"].concat([
      "EADDRNOTAVAIL",
      "EMFILE",
      "EACCES",
      "ENOBUFS",
    ]),
  },
  { call: "net bind", share: 0.3, errors: ["EADDRINUSE", "EACCES", "EADDRNOTAVAIL", "EMFILE"] },
  { call: "net listen", share: 0.3, errors: ["EADDRINUSE", "EMFILE", "ENOBUFS"] },
  {
    call: "net accept",
    share: 0.1,
    errors: ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "ECONNABORTED", "EPERM"],
  },
  { call: "net read", share: 0.15, errors: ["ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "EIO"] },
  { call: "net write", share: 0.12, errors: ["EPIPE", "ECONNRESET", "ETIMEDOUT", "ENOBUFS"] },
  { call: "net shutdown", share: 0.2, errors: ["ENOTCONN", "ECONNRESET", "EPIPE"] },
  { call: "pipe accept", share: 0.3, errors: ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"] },
  { call: "pipe read", share: 0.3, errors: ["ECONNRESET", "EIO", "EBADF"] },
  { call: "pipe write", share: 0.3, errors: ["EPIPE", "ECONNRESET"] },
  {
    call: "log write",
    share: 0.2,
    errors: ["ENOSPC", "EDQUOT", "EFBIG", "EIO", "EPIPE", "EAGAIN"],
  },
  { call: "dgram bind", share: 0.2, errors: ["EADDRINUSE", "EACCES", "EADDRNOTAVAIL", "EMFILE"] },
  {
    call: "dgram connect",
    share: 0.3,
    errors: ["ENETUNREACH", "EHOSTUNREACH", "EACCES", "EADDRNOTAVAIL", "ENOBUFS"],
  },
  {
    call: "dgram send",
    share: 0.15,
    errors: [
      "ENETUNREACH",
      "EHOSTUNREACH",
      "EPERM",
      "EACCES",
      "ENOBUFS",
      "EMSGSIZE",
      "ECONNREFUSED",
    ],
  },
  {
    call: "dgram receive",
    share: 0.15,
    errors: ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOBUFS", "ENOMEM"],
  },
  {
    call: "child_process spawn",
    share: 0.4,
    errors: ["ENOENT", "EACCES", "EAGAIN", "EMFILE", "ENFILE", "ENOMEM", "EPERM", "E2BIG"],
  },
  {
    call: "fs readFile",
    share: 0.1,
    errors: ["EACCES", "EIO", "EMFILE", "ENFILE", "ESTALE", "ENOMEM"],
  },
  {
    call: "fs readdir",
    share: 0.1,
    errors: ["EACCES", "EIO", "EMFILE", "ENFILE", "ESTALE", "ENOMEM"],
  },
  { call: "fs stat", share: 0.1, errors: ["EACCES", "EIO", "ESTALE", "ENOMEM", "ELOOP"] },
  {
    call: "fs write",
    share: 0.5,
    errors: ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EIO", "EMFILE"],
  },
  { call: "fs remove", share: 0.5, errors: ["EACCES", "EBUSY", "EROFS", "EIO"] },
  { call: "fs watch", share: 0.5, errors: ["ENOSPC", "EMFILE", "ENOENT", "EACCES"] },
  {
    call: "tls connect",
    share: 0.5,
    errors: ["ECONNRESET", "EPROTO", "ETIMEDOUT", "ERR_SSL_WRONG_VERSION_NUMBER"].concat(
      "DEPTH_ZERO_SELF_SIGNED_CERT",
    ),
  },
];
