// The HTTP side: routes, the key, validation. `handle` does the work, here or behind a bus.

import { timingSafeEqual, createHash } from 'node:crypto';
import fastify from 'fastify';
import { settings } from './settings.js';

const contact = {
  type: 'object',
  required: ['name'],
  properties: {
    name: {
      type: 'object',
      properties: { given: { type: 'string', maxLength: 200 }, family: { type: 'string', maxLength: 200 } },
    },
    phones: {
      type: 'array',
      maxItems: 50,
      items: {
        type: 'object',
        required: ['number'],
        properties: { number: { type: 'string', pattern: '^\\+[0-9]{7,15}$' } },
      },
    },
  },
};

const subscription = {
  type: 'object',
  required: ['endpoint'],
  properties: { endpoint: { type: 'string', maxLength: 2000 } },
};

const digest = (text) => createHash('sha256').update(text).digest();
const expected = digest(`Bearer ${settings.key}`);

async function authorize(request, reply) {
  if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
    await reply.code(401).type('application/problem+json').send('{"title":"Unauthorized","status":401}');
  }
}

export async function serve(handle) {
  const app = fastify({ logger: false, bodyLimit: 1 << 20 });
  const route = (method, url, operation, options = {}) =>
    app.route({
      method,
      url,
      onRequest: authorize,
      ...options,
      async handler(request, reply) {
        const { status, text } = await handle({ operation, id: request.params.id, body: request.body });
        reply.code(status);
        if (text !== undefined) reply.type('application/json; charset=utf-8');
        return reply.send(text);
      },
    });
  route('GET', '/readyz', 'ready', { onRequest: [] });
  route('GET', '/v1/contacts/:id', 'getContact');
  route('POST', '/v1/contacts', 'createContact', { schema: { body: contact } });
  route('POST', '/v1/subscriptions', 'createSubscription', { schema: { body: subscription } });
  route('DELETE', '/v1/subscriptions/:id', 'deleteSubscription');
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  console.log(`The peer listens on ${address}`);
}
