"""What the client tests share: the server under test, distributions to publish, and isolated clients."""
