"""What a client of the Model Context Protocol gets of a library: tools, and articles as resources.

`ui.mcp.stdio` serves one client on standard input and output, `ui.mcp.http` those of the web
application. Only `ui.mcp.server`, which both build, and these two know the protocol.
"""
