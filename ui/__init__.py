"""The faces of Ibid: the command line and the chat window."""
