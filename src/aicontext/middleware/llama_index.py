"""LlamaIndex: `index.as_query_engine(node_postprocessors=[ContextPostprocessor()])`.

Its models of OpenAI take the client of `aicontext.middleware.sdk.http_client` beside that.
"""

from __future__ import annotations

from llama_index.core.bridge.pydantic import Field
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle

from aicontext.middleware.texts import shortened


class ContextPostprocessor(BaseNodePostprocessor):
    """Of each node that was found the lines that fit the query."""

    budget: int = Field(default=400, description="Tokens of one node, at most.")

    @classmethod
    def class_name(cls) -> str:
        return "ContextPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        query = query_bundle.query_str if query_bundle else ""
        return [self._shorter(one, query) for one in nodes]

    def _shorter(self, found: NodeWithScore, query: str) -> NodeWithScore:
        node = found.node.model_copy()
        node.set_content(shortened(node.get_content(MetadataMode.NONE), query, self.budget))
        return NodeWithScore(node=node, score=found.score)
