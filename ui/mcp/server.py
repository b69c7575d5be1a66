"""The protocol: which tools there are for whoever asks, and articles as resources."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import quote, unquote

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ValidationError

from rag.errors import IbidError
from rag.schema import ListedArticle
from ui import asked
from ui.api.note import version
from ui.api.v1.caller import Caller
from ui.api.v1.documents import AnswerDocument
from ui.mcp import arguments, wording
from ui.mcp.calling import Call, worked
from ui.mcp.tools import Reply, Tools
from ui.users import Role

log = logging.getLogger(__name__)

Context = ServerRequestContext[Any, Any]
CallerIn = Callable[[Context], Caller]
Tell = Callable[[Exception], str]

ARTICLES = "ibid://articles/"
_MOST_CHARACTERS = 500
INSTRUCTIONS = (
    "A person's own library of articles. ask answers a question from it: every sentence with its "
    "verdict and the exact words of an article that carry it; cite these, with title and offsets. "
    "Where the articles do not say, it refuses, and then they do not say. search and read_article "
    "give the words themselves. " + wording.ARE_DATA
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A tool: what it does, what it takes and answers, and who may have it done."""

    name: str
    title: str
    description: str
    takes: type[BaseModel]
    answers: type[BaseModel]
    needed: Role = "reader"
    is_destructive: bool = False
    is_open_world: bool = False

    def tool(self) -> types.Tool:
        """As a client is told of it."""
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=_schema(self.takes),
            output_schema=_schema(self.answers, mode="serialization"),
            annotations=types.ToolAnnotations(
                title=self.title,
                read_only_hint=self.needed == "reader",
                destructive_hint=self.is_destructive,
                idempotent_hint=True,
                open_world_hint=self.is_open_world,
            ),
        )


READING = (
    Kind(
        "ask",
        "Ask the library",
        "Answers a question from the articles of the library, each sentence with a verdict "
        "(verified, partial, unchecked or unsupported) and a footnote that quotes the exact words "
        "of an article. Says so where the articles do not answer it. Takes some seconds where a "
        "language model words the answer.",
        arguments.Asking,
        AnswerDocument,
    ),
    Kind(
        "search",
        "Search the library",
        "Finds the passages of the articles that best fit a question or key words, best first, "
        "each with its article, its offsets and the probability that it answers.",
        arguments.Searching,
        arguments.Found,
    ),
    Kind(
        "read_article",
        "Read an article",
        f"Gives an article's text, or a part of it, at most {arguments.MOST_READ:,} characters at "
        "once; with the offsets of a passage or a footnote and some context, what stands around "
        "it.",
        arguments.OneArticle,
        arguments.Read,
    ),
    Kind(
        "list_articles",
        "List the articles",
        "Lists the articles of the library, the latest added first, by words, collection, "
        "publisher and date; page by page.",
        arguments.Listing,
        arguments.Listed,
    ),
)
REMOVING = Kind(
    "remove_article",
    "Remove an article",
    "Removes an article from the library for good. Only where the person asks for it.",
    arguments.Removing,
    arguments.Removal,
    "editor",
    is_destructive=True,
)


def _adding(is_local: bool) -> Kind:
    ways = "a text, a web address or a file" if is_local else "a text or a web address"
    return Kind(
        "add_article",
        "Add an article",
        f"Adds an article to the library, from {ways}. The same one again changes nothing. Only "
        "where the person asks for it.",
        arguments.AddingHere if is_local else arguments.Adding,
        arguments.Additions,
        "editor",
        is_open_world=True,
    )


def server(tools: Tools, caller_in: CallerIn, tell: Tell) -> Server[Any]:
    """What serves clients. ``caller_in`` is who asks; ``tell`` gives an error's words for them."""
    serving = _Serving(tools, caller_in, tell)
    return Server(
        "ibid",
        version=version(),
        title="Ibid",
        description="Answers from your own articles, every sentence with a checked citation",
        instructions=INSTRUCTIONS,
        on_list_tools=serving.list_tools,
        on_call_tool=serving.call_tool,
        on_list_resources=serving.list_resources,
        on_list_resource_templates=serving.list_templates,
        on_read_resource=serving.read_resource,
    )


class _Serving:
    def __init__(self, tools: Tools, caller_in: CallerIn, tell: Tell) -> None:
        self._tools = tools
        self._caller_in = caller_in
        self._tell = tell
        self._kinds = (*READING, _adding(tools.reach.is_local), REMOVING)

    async def list_tools(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """Those that whoever asks may use."""
        return types.ListToolsResult(tools=[kind.tool() for kind in self._theirs(ctx)])

    async def call_tool(
        self, ctx: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """What a tool answers, or why it could not."""
        theirs = {kind.name: kind for kind in self._theirs(ctx)}
        kind = theirs.get(params.name)
        if kind is None:
            raise MCPError(
                types.INVALID_PARAMS,
                f"no tool {params.name[:_MOST_CHARACTERS]!r} here; there are {', '.join(theirs)}",
            )
        try:
            given = kind.takes.model_validate(params.arguments or {})
        except ValidationError as error:
            return _failed(_nonsense(error))
        caller, report = self._caller_in(ctx), ctx.session.report_progress
        do = getattr(self._tools, kind.name)
        try:
            # All requests of a session are worked on in the context of its first one.
            with asked.working_on(asked.of(ctx.request)):
                if iscoroutinefunction(do):
                    told: Reply = await do(report, caller, given)
                else:
                    told = await worked(lambda call: do(call, caller, given), report)
        except Exception as error:
            return _failed(self._tell(error))
        return types.CallToolResult(
            content=[types.TextContent(text=told.text)],
            structured_content=told.document.model_dump(mode="json"),
        )

    async def list_resources(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """The articles, page by page."""
        caller, cursor = self._caller_in(ctx), (params and params.cursor) or ""
        found, after = await self._got(ctx, lambda _: self._tools.resources(caller, cursor))
        return types.ListResourcesResult(
            resources=[_resource(one) for one in found], next_cursor=after
        )

    async def list_templates(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """The one form that all articles have."""
        template = types.ResourceTemplate(
            name="article",
            title="An article of the library",
            uri_template=ARTICLES + "{id}",
            description="Its text, by the id that tools and footnotes tell.",
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        self, ctx: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """An article's text, and before it what it is."""
        uri, caller = str(params.uri), self._caller_in(ctx)
        if not uri.startswith(ARTICLES):
            raise MCPError(types.INVALID_PARAMS, f"resources are named {ARTICLES}ID", {"uri": uri})
        article_id = unquote(uri.removeprefix(ARTICLES))
        info, text, before = await self._got(ctx, lambda _: self._tools.whole(caller, article_id))
        form = "text/markdown" if info.is_markdown else "text/plain"
        return types.ReadResourceResult(
            contents=[
                types.TextResourceContents(uri=f"{uri}#about", text=before, mime_type="text/plain"),
                types.TextResourceContents(uri=uri, text=text, mime_type=form),
            ]
        )

    def _theirs(self, ctx: Context) -> list[Kind]:
        caller = self._caller_in(ctx)
        return [kind for kind in self._kinds if caller.may(kind.needed)]

    async def _got(self, ctx: Context, work: Callable[[Call], Any]) -> Any:
        """The same for what is no tool, whose errors are the protocol's own."""
        try:
            return await worked(work, ctx.session.report_progress)
        except Exception as error:
            is_theirs = isinstance(error, IbidError | PermissionError)
            code = types.INVALID_PARAMS if is_theirs else types.INTERNAL_ERROR
            raise MCPError(code, self._tell(error)) from None


def _failed(why: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=why)], is_error=True)


def _nonsense(error: ValidationError) -> str:
    """What of the arguments makes no sense; not what was sent."""
    told = [
        f"{'.'.join(map(str, one['loc']))[:_MOST_CHARACTERS]}: {one['msg']}"
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return "The arguments make no sense; look at the tool's schema.\n" + "\n".join(told)


def _resource(one: ListedArticle) -> types.Resource:
    info = one.info
    return types.Resource(
        uri=ARTICLES + quote(info.id, safe=""),
        name=info.id,
        title=info.title,
        description=wording.named(info),
        mime_type="text/markdown" if info.is_markdown else "text/plain",
        annotations=types.Annotations(last_modified=f"{one.added.isoformat()}Z"),
    )


def _schema(kind: type[BaseModel], mode: Any = "validation") -> dict[str, Any]:
    """The JSON schema of an object, without the names of our classes."""
    schema = kind.model_json_schema(mode=mode)
    for one in (schema, *schema.get("$defs", {}).values()):
        one.pop("title", None)
        for member in one.get("properties", {}).values():
            member.pop("title", None)
    return schema
