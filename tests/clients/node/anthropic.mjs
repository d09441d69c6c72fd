import Anthropic from '@anthropic-ai/sdk';
import { address, errors, log, pixel, play, schema } from './common.mjs';

const sdk = new Anthropic({ baseURL: address, apiKey: 'k', maxRetries: 1 });
const hi = [{ role: 'user', content: 'Hi' }];
const base = { model: 'claude-opus-4-6', max_tokens: 99, messages: hi };
const tools = [{ name: 'Bash', description: 'Runs a command.', input_schema: schema }];

await play({
  async retry() {
    return (await sdk.messages.create(base)).content;
  },
  async tools() {
    const first = await sdk.messages.stream({ ...base, tools }).finalMessage();
    const result = { type: 'tool_result', tool_use_id: first.content.at(-1).id, content: log };
    const messages = [
      ...hi,
      { role: 'assistant', content: first.content },
      { role: 'user', content: [result] },
    ];
    const second = await sdk.messages.create({ ...base, tools, messages });
    return [first.content, second.content];
  },
  async image() {
    const source = { type: 'base64', media_type: 'image/png', data: pixel };
    const content = [{ type: 'image', source }, { type: 'text', text: 'What is it?' }];
    return (await sdk.messages.create({ ...base, messages: [{ role: 'user', content }] })).content;
  },
  async structured() {
    const properties = { place: { type: 'string' }, line: { type: 'integer' } };
    const form = { type: 'object', properties, required: ['place', 'line'] };
    const format = { type: 'json_schema', schema: { ...form, additionalProperties: false } };
    const answer = await sdk.messages.create({ ...base, output_config: { format } });
    return JSON.parse(answer.content[0].text);
  },
  errors: () =>
    errors(
      (headers) => sdk.messages.create(base, { headers, maxRetries: 0 }),
      (error) => [error.error, error.headers.get('retry-after')],
    ),
  async cancel() {
    const headers = { 'x-fake-fault': 'stall@900' };
    const stream = await sdk.messages.create({ ...base, stream: true }, { headers });
    for await (const event of stream) {
      if (event.type === 'content_block_delta') break;
    }
    return stream.controller.signal.aborted;
  },
  async count() {
    return (await sdk.messages.countTokens({ model: base.model, messages: hi })).input_tokens;
  },
  async models() {
    return (await sdk.models.list()).data.map((one) => one.id);
  },
});
