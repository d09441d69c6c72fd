// An agent of the Vercel AI SDK with a shell.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const from = createRequire(process.env.PACKAGES + "/");
const load = (name) => import(pathToFileURL(from.resolve(name)).href);
const { generateText, jsonSchema, stepCountIs, tool } = await load("ai");
const { anthropic } = await load("@ai-sdk/anthropic");

const bash = tool({
  description: "Runs a command and returns what it prints.",
  inputSchema: jsonSchema({
    type: "object",
    properties: { command: { type: "string" } },
    required: ["command"],
  }),
  execute: async ({ command }) => execFileSync("sh", ["-c", command], { encoding: "utf8" }),
});
const { text } = await generateText({
  model: anthropic("claude-sonnet-4-5"),
  tools: { bash },
  stopWhen: stepCountIs(9),
  prompt: process.argv[2],
});
console.log(text);
