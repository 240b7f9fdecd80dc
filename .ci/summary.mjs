// The closing line of a run, from vitest's JSON report. A skipped test is a failed run: everything that
// tests need is installed here.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const tests = report.testResults.flatMap((file) => file.assertionResults);
const skipped = tests.filter((test) => test.status !== "passed" && test.status !== "failed");
for (const test of skipped) console.log(`skipped: ${test.fullName}`);
console.log(
  `${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped.length} skipped`,
);
if (skipped.length > 0 || report.numFailedTests > 0 || report.numPassedTests === 0) process.exit(1);
