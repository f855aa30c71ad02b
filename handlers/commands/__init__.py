"""A person knocks: one file a noun, with its buttons, forms and searchable lists."""
