/**
 * The loop that Lambda's own runtime for Node runs: it asks the Runtime API (version 2018-06-01) for
 * one event after the other and gives each to the handler. Handlers are async, as Node 24's are there.
 */
const { request } = require('node:http');
const { createRequire } = require('node:module');
const { json } = require('node:stream/consumers');

const env = process.env;
const api = `http://${env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/`;

/** The path of the invocation that is under way. */
let current;

async function main() {
  const handler = await load();
  for (;;) await answerOne(handler);
}

async function load() {
  const [file, name] = env._HANDLER.split('.');
  try {
    const handler = createRequire(`${env.LAMBDA_TASK_ROOT}/`)(`./${file}`)[name];
    if (typeof handler === 'function') return handler;
    throw named('Runtime.HandlerNotFound', `${env._HANDLER} is undefined or not exported`);
  } catch (error) {
    await report('init/error', error);
    return process.exit(1);
  }
}

async function answerOne(handler) {
  const next = await call('GET', 'invocation/next');
  const event = await json(next);
  const context = contextOf(next.headers);
  current = `invocation/${context.awsRequestId}`;
  const answer = await handler(event, context).then(
    (result) => ['response', result === undefined ? null : result],
    (error) => ['error', describe(error)],
  );
  // The log of an invocation ends here: a pipe is written at once, so this comes before the answer.
  process.stdout.write(`END RequestId: ${context.awsRequestId}\n`);
  await post(`${current}/${answer[0]}`, answer[1]);
  current = undefined;
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function describe(error) {
  if (!(error instanceof Error))
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  const { name, message, stack } = error;
  return { errorType: name, errorMessage: message, trace: String(stack).split('\n') };
}

function report(path, error) {
  const body = describe(error);
  return post(path, body, { 'lambda-runtime-function-error-type': body.errorType });
}

async function post(path, body, headers) {
  const response = await call('POST', path, JSON.stringify(body), headers);
  response.resume();
  if (response.statusCode !== 202) throw new Error(`POST ${path}: ${response.statusCode}`);
}

/** Without a time limit: the next event may be hours away. */
function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    request(api + path, { method, headers }, resolve)
      .on('error', reject)
      .end(body);
  });
}

function named(name, message) {
  return Object.assign(new Error(message), { name });
}

/** What nobody caught ends the runtime, and the invocation in it. */
function fatal(error, status) {
  const path = current === undefined ? 'init/error' : `${current}/error`;
  report(path, error).finally(() => process.exit(status));
}

process.on('uncaughtException', (error) => fatal(error, 129));
process.on('unhandledRejection', (reason) => {
  const message = reason instanceof Error ? reason.message : String(reason);
  fatal(named('Runtime.UnhandledPromiseRejection', message), 128);
});
main();
