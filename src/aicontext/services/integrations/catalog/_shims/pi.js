export default function (pi) {
  pi.on("tool_result", async (event, context) => {
    if (event.isError) return
    const content = []
    for (const part of event.content) {
      const long = part.type === "text" && part.text.length >= SHORT
      const shorter = long
        ? await answered({
            session_id: context?.sessionManager?.getSessionId?.() ?? "",
            tool_use_id: `${event.toolCallId}/${content.length}`,
            tool_name: event.toolName,
            tool_input: event.input,
            tool_response: part.text,
          })
        : undefined
      content.push(typeof shorter === "string" ? { ...part, text: shorter } : part)
    }
    return { content }
  })
}
