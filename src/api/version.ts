/** What a version of Kubernetes says of itself. Objects are checked by the rules of this one. */
export const VERSION = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.3+kubelane",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "go1.26",
  compiler: "none",
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
};
