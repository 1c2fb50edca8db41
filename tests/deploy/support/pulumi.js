#!/usr/bin/env node
/**
 * Stands in for Pulumi's program: settings in a JSON file, every call written down, nothing deployed. The folder
 * is PULUMI_DOUBLE's. Its answers are compared with the real program's in tests/e2e/pulumi-double.test.ts.
 */
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const folder = process.env.PULUMI_DOUBLE;
const file = join(folder, 'state.json');
const state = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { stacks: {} };
const argv = process.argv.slice(2);
const flags = ['--json', '--show-secrets', '--non-interactive', '--plaintext', '--secret', '--yes'];
const words = argv.filter((word, at) => !flags.includes(word) && !isOfStack(word, at));
const stdin = argv.includes('--secret') ? readFileSync(0, 'utf8') : '';

function isOfStack(word, at) {
  return word === '--stack' || argv[at - 1] === '--stack' || word === '--skip-preview';
}

function fail(message, status = 255) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(status);
}

function save() {
  writeFileSync(file, JSON.stringify(state));
}

function stack() {
  const name = argv.includes('--stack') ? argv[argv.indexOf('--stack') + 1] : state.selected;
  return state.stacks[name] ?? fail(`no stack named '${name}' found`, 6);
}

function unlock() {
  if (state.backend.startsWith('https:')) return;
  const { PULUMI_CONFIG_PASSPHRASE: passphrase } = process.env;
  if (passphrase === undefined)
    fail('passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE');
  state.passphrase ??= passphrase;
  if (passphrase !== state.passphrase) fail('incorrect passphrase');
}

const commands = {
  version: () => process.stdout.write('v3.0.0\n'),
  whoami: () => {
    if (!state.backend)
      fail('PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions', 3);
    process.stdout.write(JSON.stringify({ user: 'somebody', url: state.backend }));
  },
  login: () => {
    state.backend = words[1] ?? 'https://api.pulumi.com';
    process.stdout.write(`Logged in to here as somebody (${state.backend})\n`);
  },
  'stack select': () => {
    if (!state.stacks[words[2]]) fail(`no stack named '${words[2]}' found`, 6);
    state.selected = words[2];
  },
  'stack init': () => {
    unlock();
    state.stacks[words[2]] = { config: {}, outputs: {} };
    state.selected = words[2];
  },
  'stack output': () => {
    const { outputs } = stack();
    if (words[2] === undefined) process.stdout.write(JSON.stringify(outputs));
    else if (outputs[words[2]] === undefined)
      fail(`current stack does not have output property '${words[2]}'`);
    else process.stdout.write(`${outputs[words[2]]}\n`);
  },
  config: () => {
    unlock();
    process.stdout.write(JSON.stringify(stack().config));
  },
  'config set': () => {
    unlock();
    const secret = argv.includes('--secret');
    stack().config[words[2]] = { value: secret ? stdin : words[3], secret };
  },
  preview: () => process.stdout.write('Previewing update\n'),
  up: () => {
    process.stdout.write('Updating\n');
    stack().outputs = JSON.parse(readFileSync(join(folder, 'outputs.json'), 'utf8'));
  },
};

const named = [words.slice(0, 2).join(' '), words[0]].find((name) => commands[name]);
appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify({ argv, stdin })}\n`);
if (!named) fail(`unknown command "${words[0]}" for "pulumi"`);
if ((process.env.PULUMI_DOUBLE_FAILS ?? '').split(',').includes(named)) fail(`${named} fails here`);
if (process.env.PULUMI_DOUBLE_WAITS === named) waitForInterrupt();
else {
  commands[named]();
  save();
}

/** As the real program does: it ends what it has begun, and says that it was not all. */
function waitForInterrupt() {
  const timer = setInterval(() => {}, 1_000);
  process.on('SIGINT', () => {
    clearInterval(timer);
    process.exitCode = 255;
    process.stdout.write('what was begun is done\n');
  });
  process.stdout.write('at work\n');
}
