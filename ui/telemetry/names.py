"""The names that OpenTelemetry's semantic conventions give to what we tell, all in one place.

They are those of the conventions 1.44.0, which opentelemetry-semantic-conventions 0.66b2 has. The
``gen_ai`` ones are in development and may be named otherwise later; a test holds them against the
package that is installed.
"""

SCHEMA = "https://opentelemetry.io/schemas/1.44.0"

OPERATION = "gen_ai.operation.name"
AGENT = "gen_ai.agent.name"
REQUEST_MODEL = "gen_ai.request.model"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
ERROR_TYPE = "error.type"

INVOKE_AGENT = "invoke_agent"
RETRIEVAL = "retrieval"
CHAT = "chat"

# Our own, for what the conventions have no name for.
STAGE = "ibid.stage"
LINE = "ibid.line"
STATUS = "ibid.answer.status"
SENTENCES = "ibid.answer.sentences"
CITATIONS = "ibid.answer.citations"
PASSAGES = "ibid.answer.passages"
