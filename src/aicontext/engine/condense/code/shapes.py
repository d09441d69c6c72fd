"""What definitions look like in each language's syntax tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CALLABLE = frozenset({"function", "method", "test"})
"""Kinds whose body is code."""
RECORD = frozenset({"interface", "struct", "enum", "type"})
"""Kinds whose body lists members."""
VALUE = frozenset({"constant", "field"})
"""Kinds that hold a value; inside a callable they are not definitions."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Node types of one grammar.

    kinds: definitions by node type. wrappers: nodes that belong to the one definition inside
    them (decorators, `export`, `template<...>`). imports: statements that bring names in.
    openers: one of these is part of each definition inside of a callable; none where the grammar
    has definitions without a keyword. functions: one of these is part of each value that is a
    function; none where values are not looked at.
    """

    kinds: Mapping[str, str]
    wrappers: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    openers: tuple[bytes, ...] = ()
    functions: tuple[bytes, ...] = ()

    def may_open(self, source: bytes, start: int, end: int) -> bool:
        """Whether a definition may stand in source[start:end], inside of a callable."""
        words = self.openers or self.functions
        return any(source.find(word, start, end) >= 0 for word in words)


def _kinds(**types: str) -> dict[str, str]:
    return {node: kind for kind, nodes in types.items() for node in nodes.split()}


def _shapes(
    wrappers: str = "", imports: str = "", openers: str = "", functions: str = "", **types: str
) -> Shapes:
    words = (tuple(word.encode() for word in some.split()) for some in (openers, functions))
    return Shapes(_kinds(**types), frozenset(wrappers.split()), frozenset(imports.split()), *words)


_SCRIPT = {
    "function": "function_declaration generator_function_declaration function_signature pair",
    "constant": "variable_declarator assignment_expression",
    "method": "method_definition method_signature abstract_method_signature",
    "class": "class_declaration abstract_class_declaration",
    "interface": "interface_declaration",
    "type": "type_alias_declaration",
    "enum": "enum_declaration",
    "module": "internal_module module",
    "field": "public_field_definition field_definition",
    "test": "call_expression",
    "wrappers": "export_statement lexical_declaration variable_declaration expression_statement "
    "ambient_declaration",
    "imports": "import_statement",
    "functions": "=> function class",
}

SHAPES: Mapping[str, Shapes] = {
    "python": _shapes(
        function="function_definition",
        **{"class": "class_definition"},
        constant="assignment type_alias_statement",
        wrappers="decorated_definition expression_statement",
        imports="import_statement import_from_statement future_import_statement",
        openers="def class",
    ),
    "javascript": _shapes(**_SCRIPT),
    "typescript": _shapes(**_SCRIPT),
    "tsx": _shapes(**_SCRIPT),
    "go": _shapes(
        function="function_declaration",
        method="method_declaration method_elem",
        type="type_spec type_alias",
        constant="const_spec var_spec",
        wrappers="type_declaration const_declaration var_declaration",
        imports="import_declaration package_clause",
        openers="type",
    ),
    "rust": _shapes(
        function="function_item function_signature_item macro_definition",
        struct="struct_item union_item",
        enum="enum_item",
        interface="trait_item",
        **{"class": "impl_item"},
        module="mod_item",
        type="type_item associated_type",
        constant="const_item static_item",
        imports="use_declaration extern_crate_declaration",
        openers="fn struct union enum trait macro_rules impl mod type",
    ),
    "java": _shapes(
        **{"class": "class_declaration record_declaration"},
        interface="interface_declaration annotation_type_declaration",
        enum="enum_declaration",
        method="method_declaration constructor_declaration compact_constructor_declaration",
        field="field_declaration constant_declaration",
        imports="import_declaration package_declaration",
    ),
    "c": _shapes(
        function="function_definition",
        struct="struct_specifier union_specifier",
        enum="enum_specifier",
        type="type_definition",
        constant="declaration preproc_def preproc_function_def",
        imports="preproc_include",
    ),
    "cpp": _shapes(
        function="function_definition concept_definition",
        **{"class": "class_specifier"},
        struct="struct_specifier union_specifier",
        enum="enum_specifier",
        module="namespace_definition",
        type="type_definition alias_declaration",
        constant="declaration preproc_def preproc_function_def",
        field="field_declaration",
        wrappers="template_declaration",
        imports="preproc_include using_declaration",
    ),
    "csharp": _shapes(
        module="namespace_declaration file_scoped_namespace_declaration",
        **{"class": "class_declaration record_declaration"},
        struct="struct_declaration record_struct_declaration",
        interface="interface_declaration",
        enum="enum_declaration",
        method="method_declaration constructor_declaration destructor_declaration "
        "operator_declaration conversion_operator_declaration indexer_declaration "
        "local_function_statement",
        type="delegate_declaration",
        field="property_declaration field_declaration event_field_declaration event_declaration",
        imports="using_directive",
    ),
    "ruby": _shapes(
        method="method singleton_method",
        **{"class": "class singleton_class"},
        module="module",
        constant="assignment",
        test="call",
    ),
    "php": _shapes(
        function="function_definition",
        method="method_declaration",
        **{"class": "class_declaration trait_declaration"},
        interface="interface_declaration",
        enum="enum_declaration",
        constant="const_declaration",
        field="property_declaration",
        module="namespace_definition",
        imports="namespace_use_declaration",
    ),
    "kotlin": _shapes(
        function="function_declaration secondary_constructor",
        **{"class": "class_declaration object_declaration companion_object"},
        type="type_alias",
        field="property_declaration",
        imports="import package_header",
        openers="fun class object interface typealias constructor",
    ),
    "swift": _shapes(
        function="function_declaration init_declaration deinit_declaration subscript_declaration "
        "protocol_function_declaration",
        **{"class": "class_declaration"},
        interface="protocol_declaration",
        type="typealias_declaration associatedtype_declaration",
        field="property_declaration protocol_property_declaration",
        imports="import_declaration",
        openers="func init subscript class struct enum actor extension protocol typealias "
        "associatedtype",
    ),
    "scala": _shapes(
        function="function_definition function_declaration",
        **{"class": "class_definition object_definition package_object given_definition"},
        interface="trait_definition",
        enum="enum_definition",
        type="type_definition",
        field="val_definition val_declaration var_definition var_declaration",
        module="extension_definition",
        imports="import_declaration package_clause",
        openers="def class object trait enum type given extension",
    ),
    "bash": _shapes(function="function_definition", constant="variable_assignment"),
}
