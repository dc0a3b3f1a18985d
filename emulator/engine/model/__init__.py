"""Values and pure rules shared by the engine: events, instances, settings, keys and timestamps."""
