import { GoogleGenAI } from '@google/genai';
import { address, errors, log, pixel, play, schema } from './common.mjs';

const baseUrl = address;
const sdk = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl } });
const patient = new GoogleGenAI({
  apiKey: 'k',
  httpOptions: { baseUrl, retryOptions: { attempts: 2 } },
});
const model = 'gemini-3-pro';
const base = { model, contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] };
const shell = { name: 'run_shell_command', description: 'Runs a command.' };
const tools = [{ functionDeclarations: [{ ...shell, parametersJsonSchema: schema }] }];
const config = { tools, automaticFunctionCalling: { disable: true } };

await play({
  async retry() {
    return (await patient.models.generateContent(base)).text;
  },
  async tools() {
    const parts = [];
    for await (const chunk of await sdk.models.generateContentStream({ ...base, config })) {
      parts.push(...chunk.candidates[0].content.parts);
    }
    const response = { output: log };
    const result = { functionResponse: { name: shell.name, response } };
    const contents = [
      ...base.contents,
      { role: 'model', parts },
      { role: 'user', parts: [result] },
    ];
    return [parts, (await sdk.models.generateContent({ model, contents, config })).text];
  },
  async image() {
    const inlineData = { data: pixel, mimeType: 'image/png' };
    const parts = [{ inlineData }, { text: 'What is it?' }];
    const contents = [{ role: 'user', parts }];
    return (await sdk.models.generateContent({ model, contents })).candidates;
  },
  async structured() {
    const properties = { place: { type: 'string' }, line: { type: 'integer' } };
    const responseJsonSchema = { type: 'object', properties };
    const config = { responseMimeType: 'application/json', responseJsonSchema };
    return JSON.parse((await sdk.models.generateContent({ ...base, config })).text);
  },
  errors: () =>
    errors(
      (headers) => sdk.models.generateContent({ ...base, config: { httpOptions: { headers } } }),
      (error) => error.message,
    ),
  async cancel() {
    const abort = new AbortController();
    const httpOptions = { headers: { 'x-fake-fault': 'stall@900' } };
    const config = { abortSignal: abort.signal, httpOptions };
    const stream = await sdk.models.generateContentStream({ ...base, config });
    try {
      for await (const chunk of stream) {
        if (chunk.text) abort.abort();
      }
    } catch (error) {
      return error.name;
    }
  },
  async count() {
    return (await sdk.models.countTokens(base)).totalTokens;
  },
  async models() {
    const names = [];
    for await (const one of await sdk.models.list()) names.push(one.name);
    return names;
  },
});
