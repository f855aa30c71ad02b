"""How we speak to Tencent Cloud: signatures, wire shapes, the client, what it posts to us."""
