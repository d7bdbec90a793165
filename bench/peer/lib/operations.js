// What the API can do, apart from HTTP and from the bus: a request in, a status and a body out.

import { contactsIn } from './contacts.js';
import { subscriptionsIn } from './subscriptions.js';

/** `publish(contact)` tells of a new contact and resolves when that is safe. */
export function operationsOn(redis, publish) {
  const contacts = contactsIn(redis);
  const subscriptions = subscriptionsIn(redis);
  const operations = {
    async getContact({ id }) {
      const text = await contacts.find(id);
      return text === undefined ? { status: 404 } : { status: 200, text };
    },

    async createContact({ body }) {
      const { contact, text } = await contacts.create(body);
      await publish(contact);
      return { status: 201, text };
    },

    async createSubscription({ body }) {
      return { status: 201, text: JSON.stringify(await subscriptions.create(body)) };
    },

    async deleteSubscription({ id }) {
      return { status: (await subscriptions.remove(id)) ? 204 : 404 };
    },

    async ready() {
      return { status: 200, text: '{"status":"ready"}' };
    },
  };
  return (request) => operations[request.operation](request);
}
