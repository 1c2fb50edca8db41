/**
 * Stands in for `aws lambda invoke` as GitHub's runners have it: takes the same arguments and no others, and answers
 * from a file. AWS_STAND_IN names a folder: `answers.json` by function, in order; `calls.jsonl`, what was asked.
 */
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { parseArgs } = require('node:util');

const NAMES = ['region', 'function-name', 'payload', 'cli-read-timeout', 'output'];
const options = Object.fromEntries(NAMES.map((name) => [name, { type: 'string' }]));
const { positionals, values } = parseArgs({ options, allowPositionals: true });
const [service, command, outfile, ...rest] = positionals;
if (service !== 'lambda' || command !== 'invoke' || !outfile || rest.length > 0) process.exit(252);

const { AWS_STAND_IN, AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE } = process.env;
const file = (name) => join(AWS_STAND_IN, name);
const call = {
  function: values['function-name'],
  region: values.region,
  event: JSON.parse(readFileSync(values.payload.replace('fileb://', ''), 'utf8')),
  readTimeout: Number(values['cli-read-timeout']),
  role: AWS_ROLE_ARN,
  token: readFileSync(AWS_WEB_IDENTITY_TOKEN_FILE, 'utf8'),
};
appendFileSync(file('calls.jsonl'), `${JSON.stringify(call)}\n`);

const answers = JSON.parse(readFileSync(file('answers.json'), 'utf8'));
const { refusal, error, says } = answers[call.function].shift();
writeFileSync(file('answers.json'), JSON.stringify(answers));
if (refusal) {
  console.error(`\nAn error occurred (${refusal}) when calling the Invoke operation: no`);
  process.exit(254);
}
writeFileSync(
  outfile,
  JSON.stringify(error ? { errorType: 'BackupError', errorMessage: error } : says),
);
const failed = error && { FunctionError: 'Unhandled' };
console.log(JSON.stringify({ StatusCode: 200, ...failed, ExecutedVersion: '$LATEST' }, null, 4));
