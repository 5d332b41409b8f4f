// Succeeds once the desk whose address stands in a file is live. `live.mjs FILE`

import { Desk } from './ask.mjs';

const desk = await Desk.told(process.argv[2]);
process.exitCode = (await desk.call('connection')).state === 'live' ? 0 : 1;
