// One webhook call, signed as Standard Webhooks 1.0 says.

import { createHmac } from 'node:crypto';
import http from 'node:http';

const TIMEOUT_MS = 15_000;

export function senderWith(secret, sockets) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: sockets });
  return (endpoint, event, body) =>
    new Promise((resolve, reject) => {
      const timestamp = Math.floor(Date.now() / 1000).toString();
      const signature = createHmac('sha256', secret).update(`${event.id}.${timestamp}.${body}`).digest('base64');
      const headers = {
        'content-type': 'application/cloudevents+json',
        'content-length': Buffer.byteLength(body),
        'webhook-id': event.id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      };
      const request = http.request(endpoint, { method: 'POST', agent, headers, timeout: TIMEOUT_MS }, (response) => {
        response.resume();
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode < 300) resolve();
          else reject(new Error(`${endpoint} answered ${response.statusCode}`));
        });
      });
      request.on('timeout', () => request.destroy(new Error(`${endpoint} did not answer`)));
      request.on('error', reject);
      request.end(body);
    });
}
