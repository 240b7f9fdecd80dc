export default {
  test: { include: ["*.test.ts"], setupFiles: ["kubelane/testing/vitest"] },
};
