// HTTP in, a message to the worker and back.

import amqp from 'amqplib';
import { serve } from './lib/http.js';
import { callerOn } from './lib/requests.js';
import { settings } from './lib/settings.js';

await serve(await callerOn(await amqp.connect(settings.amqp)));
