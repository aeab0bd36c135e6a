"""`/api/v1/desk/…`: where the people of the hotline and of the units work. Handlers parse, ask, answer."""
