// Events from the quorum queue to every subscribed endpoint.

import { randomBytes } from 'node:crypto';
import amqp from 'amqplib';
import { Redis } from 'ioredis';
import { consumeOn } from './lib/events.js';
import { settings } from './lib/settings.js';
import { subscriptionsIn } from './lib/subscriptions.js';
import { senderWith } from './lib/webhook.js';

const IN_FLIGHT = 64;

const subscriptions = subscriptionsIn(new Redis(settings.redis));
const send = senderWith(randomBytes(32), IN_FLIGHT);
await consumeOn(await amqp.connect(settings.amqp), IN_FLIGHT, async (event, body) => {
  const endpoints = await subscriptions.endpoints();
  await Promise.all(endpoints.map((endpoint) => send(endpoint, event, body)));
});
