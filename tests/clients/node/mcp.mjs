// The MCP server as the official TypeScript clients see it. Started as:
// node mcp.mjs <old|new> <calls as JSON> <address | program arguments...>

import * as now from '@modelcontextprotocol/client';
import { StdioClientTransport as NewPipe } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldPipe } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [age, calls, target, ...args] = process.argv.slice(2);
const me = { name: 'test', version: '1' };
const [client, Pipe, Http] =
  age === 'old'
    ? [new OldClient(me), OldPipe, OldHttp]
    : [
        new now.Client(me, { versionNegotiation: { mode: { pin: '2026-07-28' } } }),
        NewPipe,
        now.StreamableHTTPClientTransport,
      ];
const transport = target.startsWith('http')
  ? new Http(new URL(target))
  : new Pipe({ command: target, args, env: process.env });
const call = (given, options) =>
  age === 'old' ? client.callTool(given, undefined, options) : client.callTool(given, options);

await client.connect(transport);
const tools = (await client.listTools()).tools.map((tool) => tool.name);
const again = (await client.listTools()).tools.map((tool) => tool.name);
const told = {};
let progress = 0;
for (const given of JSON.parse(calls)) {
  const { content, isError } = await call(given, { onprogress: () => progress++ });
  told[given.name] = [!isError, content[0].text];
}
const prompts = (await client.listPrompts()).prompts.map((prompt) => prompt.name);
await client.close();
process.stdout.write(JSON.stringify({ tools, again, told, progress, prompts }));
