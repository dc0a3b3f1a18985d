"""The environment variables by which the emulator finds its processes again."""

OWNER = "EMULATOR_OWNER"
ROLE = "EMULATOR_ROLE"
