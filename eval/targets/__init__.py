"""Other systems that answer questions: asked over HTTP, and read as if they were Ibid."""
