// Webhook endpoints in a Redis hash, in force within a second of a change.

import { randomUUID } from 'node:crypto';

const KEY = 'subscriptions';
const FRESH_MS = 1000;

export function subscriptionsIn(redis) {
  let endpoints = [];
  let readAt = 0;
  return {
    async create({ endpoint }) {
      const id = `sub_${randomUUID()}`;
      await redis.hset(KEY, id, endpoint);
      return { id, endpoint };
    },

    async remove(id) {
      return (await redis.hdel(KEY, id)) > 0;
    },

    async endpoints() {
      if (Date.now() - readAt > FRESH_MS) {
        readAt = Date.now();
        endpoints = await redis.hvals(KEY);
      }
      return endpoints;
    },
  };
}
