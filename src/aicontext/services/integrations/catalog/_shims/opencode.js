export const AiContext = async () => ({
  "tool.execute.after": async (input, output) => {
    if (typeof output?.output !== "string" || output.output.length < SHORT) return
    const shorter = await answered({
      session_id: input.sessionID,
      tool_use_id: input.callID,
      tool_name: input.tool,
      tool_input: input.args,
      tool_response: output.output,
    })
    if (typeof shorter === "string") output.output = shorter
  },
})
