async function shorter(context, id, text) {
  if (typeof text !== "string" || text.length < SHORT) return text
  const found = await answered({
    session_id: context.snapshot?.conversationId ?? "",
    tool_use_id: id,
    tool_name: context.toolCall.toolName,
    tool_input: context.input,
    tool_response: text,
  })
  return typeof found === "string" ? found : text
}

export default {
  name: "aicontext",
  manifest: { capabilities: ["hooks"] },
  hooks: {
    async afterTool(context) {
      const { output, isError } = context.result
      if (isError) return
      const id = context.toolCall.toolCallId
      if (!Array.isArray(output))
        return { result: { ...context.result, output: await shorter(context, id, output) } }
      const parts = []
      for (const part of output) {
        const name = ["result", "text"].find((one) => typeof part?.[one] === "string")
        const text = await shorter(context, `${id}/${parts.length}`, part?.[name])
        parts.push(name && part.success !== false ? { ...part, [name]: text } : part)
      }
      return { result: { ...context.result, output: parts } }
    },
  },
}
