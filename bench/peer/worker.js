// Requests from the bus, done on Redis; every new contact is told in the event queue.

import amqp from 'amqplib';
import { Redis } from 'ioredis';
import { publisherOn } from './lib/events.js';
import { operationsOn } from './lib/operations.js';
import { serveOn } from './lib/requests.js';
import { settings } from './lib/settings.js';

const connection = await amqp.connect(settings.amqp);
const publish = await publisherOn(connection);
await serveOn(connection, operationsOn(new Redis(settings.redis), publish));
