// Events in a quorum queue: published with confirms, acknowledged when they are delivered.

import { randomUUID } from 'node:crypto';

const QUEUE = 'events';
const DURABLE = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

export async function publisherOn(connection) {
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(QUEUE, DURABLE);
  return (contact) =>
    new Promise((resolve, reject) => {
      const content = Buffer.from(JSON.stringify(contactCreated(contact)));
      channel.sendToQueue(QUEUE, content, { persistent: true }, (error) => (error ? reject(error) : resolve()));
    });
}

/** `deliver(event, body)` is tried again, later and elsewhere, when it fails. */
export async function consumeOn(connection, prefetch, deliver) {
  const channel = await connection.createChannel();
  await channel.assertQueue(QUEUE, DURABLE);
  await channel.prefetch(prefetch);
  await channel.consume(QUEUE, async (message) => {
    const body = message.content.toString();
    try {
      await deliver(JSON.parse(body), body);
      channel.ack(message);
    } catch (error) {
      console.error(error.message);
      channel.nack(message);
    }
  });
}

function contactCreated(contact) {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: '/contacts',
    type: 'contact.created.v1',
    subject: contact.id,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: { contact },
  };
}
