// The same API in one process that works on Redis itself. There is no bus, so nobody is told of anything.

import { Redis } from 'ioredis';
import { serve } from './lib/http.js';
import { operationsOn } from './lib/operations.js';
import { settings } from './lib/settings.js';

await serve(operationsOn(new Redis(settings.redis), async () => {}));
