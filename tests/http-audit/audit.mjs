// Runs the audits of the npm package graphql-http against a server: node audit.mjs http://127.0.0.1:8000/graphql
// Prints each audit that fails; exits with 1 if one of them is a MUST or a SHOULD, with 2 if the audits cannot run.
import { serverAudits } from 'graphql-http';

const LEVELS = ['MUST', 'SHOULD', 'MAY'];
const BINDING = ['MUST', 'SHOULD'];

const url = process.argv[2];
if (!url) {
  console.error('usage: node audit.mjs URL');
  process.exit(2);
}

const counts = Object.fromEntries(LEVELS.map((level) => [level, { passed: 0, failed: 0 }]));
try {
  for (const { id, name, fn } of serverAudits({ url })) {
    const level = LEVELS.find((it) => name.startsWith(it));
    if (!level) throw new Error(`the audit ${id} has an unknown level: ${name}`);
    const result = await fn();
    if (result.status === 'ok') {
      counts[level].passed += 1;
      continue;
    }
    counts[level].failed += 1;
    console.log(`failed ${id} ${name}: ${result.reason} (status ${result.response?.status})`);
  }
} catch (error) {
  console.error(`the audits could not run: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}`);
  process.exit(2);
}

for (const level of LEVELS) {
  console.log(`${level}: ${counts[level].passed} passed, ${counts[level].failed} failed`);
}
process.exit(BINDING.some((level) => counts[level].failed > 0) ? 1 : 0);
