/**
 * usage: node name-server.js ADDRESS COMMAND [ARGUMENT...]
 * Answers every question for an IPv4 address with 127.0.0.1, on port 53 of ADDRESS, as long as the
 * command runs; exits as it does.
 */
const { spawn } = require('node:child_process');
const dgram = require('node:dgram');

const [address, command, ...args] = process.argv.slice(2);
const socket = dgram.createSocket('udp4');

socket.on('message', (query, from) => {
  const end = query.indexOf(0, 12) + 5;
  const question = query.subarray(12, end);
  const isA = query.readUInt16BE(end - 4) === 1;
  const header = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0]);
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1]);
  socket.send(Buffer.concat([header, question, ...(isA ? [answer] : [])]), from.port, from.address);
});

socket.bind(53, address, () => {
  const child = spawn(command, args, { stdio: 'inherit' });
  child.on('exit', (code) => process.exit(code ?? 1));
});
