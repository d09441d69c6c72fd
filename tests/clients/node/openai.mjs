import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { z } from 'zod';
import { address, errors, log, pixel, play, schema } from './common.mjs';

const sdk = new OpenAI({ baseURL: `${address}/v1`, apiKey: 'k', maxRetries: 1 });
const model = 'gpt-5.2-codex';
const hi = [{ role: 'user', content: 'Hi' }];
const shell = { name: 'shell', description: 'Runs a command.', parameters: schema };
const tools = [{ type: 'function', ...shell }];
const Verdict = z.object({ place: z.string(), line: z.int() });
const url = `data:image/png;base64,${pixel}`;

async function finished(events) {
  for (;;) {
    const { value } = await events.next();
    if (value.type === 'error') throw value.error;
    if (value.message?.type === 'response.completed') return value.message.response;
  }
}

const leave = async (stream) => {
  for await (const event of stream) if (event) break;
  return stream.controller.signal.aborted;
};

await play({
  async retry() {
    return (await sdk.responses.create({ model, input: hi })).output_text;
  },
  async completions() {
    const told = { model, tools: [{ type: 'function', function: shell }] };
    const first = await sdk.chat.completions.stream({ ...told, messages: hi }).finalMessage();
    const result = { role: 'tool', tool_call_id: first.tool_calls[0].id, content: log };
    const messages = [...hi, first, result];
    const second = await sdk.chat.completions.create({ ...told, messages });
    return [first, second.choices];
  },
  async responses() {
    const told = { model, tools, store: false };
    const first = await sdk.responses.stream({ ...told, input: hi }).finalResponse();
    const call_id = first.output.at(-1).call_id;
    const result = { type: 'function_call_output', call_id, output: log };
    const output = first.output.map(({ parsed_arguments, ...item }) => item);
    const second = await sdk.responses.create({ ...told, input: [...hi, ...output, result] });
    return [first.output, second.output];
  },
  async websocket() {
    const socket = new ResponsesWS(sdk);
    const events = socket.stream();
    socket.send({ type: 'response.create', model, tools, input: hi });
    const first = await finished(events);
    const call_id = first.output.at(-1).call_id;
    const input = [{ type: 'function_call_output', call_id, output: log }];
    const previous_response_id = first.id;
    socket.send({ type: 'response.create', model, tools, input, previous_response_id });
    const second = await finished(events);
    socket.close();
    return [first.output, second.output];
  },
  async image() {
    const asked = { type: 'text', text: 'What is it?' };
    const content = [asked, { type: 'image_url', image_url: { url } }];
    const messages = [{ role: 'user', content }];
    return (await sdk.chat.completions.create({ model, messages })).choices;
  },
  async imageInResponses() {
    const content = [{ type: 'input_image', image_url: url, detail: 'low' }];
    return (await sdk.responses.create({ model, input: [{ role: 'user', content }] })).output;
  },
  async structured() {
    const response_format = zodResponseFormat(Verdict, 'verdict');
    const first = await sdk.chat.completions.parse({ model, messages: hi, response_format });
    const text = { format: zodTextFormat(Verdict, 'verdict') };
    const second = await sdk.responses.parse({ model, input: hi, text });
    return [first.choices[0].message.parsed, second.output_parsed];
  },
  errors: () =>
    errors(
      (headers) => sdk.responses.create({ model, input: hi }, { headers, maxRetries: 0 }),
      (error) => [error.error, error.headers.get('retry-after')],
    ),
  async cancel() {
    const headers = { 'x-fake-fault': 'stall@2500' };
    const told = { model, stream: true };
    return [
      await leave(await sdk.chat.completions.create({ ...told, messages: hi }, { headers })),
      await leave(await sdk.responses.create({ ...told, input: hi }, { headers })),
    ];
  },
  async models() {
    return (await sdk.models.list()).data.map((one) => one.id);
  },
});
