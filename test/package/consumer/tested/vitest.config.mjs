export default { test: { setupFiles: ["kubelane/testing/vitest"], include: ["*.spec.ts"] } };
