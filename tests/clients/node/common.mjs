// What the three scripts share. Each is started as: node <script> <address> <session.json>

import { readFileSync } from 'node:fs';

export const [address, session] = process.argv.slice(2);
export const log = JSON.parse(readFileSync(session)).messages[2].content[0].content;
export const schema = { type: 'object', properties: { command: { type: 'string' } } };
export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

// The steps one after the other; what each found goes out as one JSON object.
export async function play(steps) {
  const found = {};
  for (const [name, step] of Object.entries(steps)) found[name] = await step();
  process.stdout.write(JSON.stringify(found));
}

// For each status the error that the client raises, as `told` describes it.
export async function errors(ask, told) {
  const found = [];
  for (const status of [400, 401, 404, 429, 500, 529]) {
    try {
      await ask({ 'x-fake-fault': `status=${status};retry-after=7` });
      found.push(null);
    } catch (error) {
      found.push([error.constructor.name, error.status, told(error)]);
    }
  }
  return found;
}
