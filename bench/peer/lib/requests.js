// Requests over RabbitMQ: one message each way, replies on a queue of the caller's own.

import { randomUUID } from 'node:crypto';

const QUEUE = 'requests';
const TIMEOUT_MS = 30_000;
const PREFETCH = 512;

export async function callerOn(connection) {
  const channel = await connection.createChannel();
  await channel.assertQueue(QUEUE, { durable: false });
  const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
  const waiting = new Map();
  await channel.consume(
    replyTo,
    (message) => {
      const { correlationId } = message.properties;
      const call = waiting.get(correlationId);
      if (call === undefined) return;
      waiting.delete(correlationId);
      clearTimeout(call.timer);
      call.resolve(JSON.parse(message.content.toString()));
    },
    { noAck: true },
  );
  return (request) =>
    new Promise((resolve) => {
      const correlationId = randomUUID();
      const timer = setTimeout(() => {
        waiting.delete(correlationId);
        resolve({ status: 504 });
      }, TIMEOUT_MS);
      waiting.set(correlationId, { resolve, timer });
      const content = Buffer.from(JSON.stringify(request));
      channel.sendToQueue(QUEUE, content, { correlationId, replyTo, expiration: TIMEOUT_MS });
    });
}

export async function serveOn(connection, handle) {
  const channel = await connection.createChannel();
  await channel.assertQueue(QUEUE, { durable: false });
  await channel.prefetch(PREFETCH);
  await channel.consume(QUEUE, async (message) => {
    const { correlationId, replyTo } = message.properties;
    const answer = await handle(JSON.parse(message.content.toString())).catch(failed);
    channel.sendToQueue(replyTo, Buffer.from(JSON.stringify(answer)), { correlationId });
    channel.ack(message);
  });
}

function failed(error) {
  console.error(error);
  return { status: 500 };
}
