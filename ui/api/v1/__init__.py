"""What other programs ask of an Ibid, over HTTP: answers, passages, articles, collections."""
