// Contacts as JSON strings in Redis.

import { randomUUID } from 'node:crypto';

export function contactsIn(redis) {
  return {
    async find(id) {
      const text = await redis.get(`contact:${id}`);
      return text ?? undefined;
    },

    async create(input) {
      const now = new Date().toISOString();
      const contact = { id: `con_${randomUUID()}`, ...input, created_at: now, updated_at: now, version: 1 };
      const text = JSON.stringify(contact);
      await redis.set(`contact:${contact.id}`, text);
      return { contact, text };
    },
  };
}
