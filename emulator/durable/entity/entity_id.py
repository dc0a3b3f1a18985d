"""Entity ids: `@name@key` with the name in lower case."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntityId:
    """The name of an entity function and the key of one entity."""

    name: str
    key: str

    @classmethod
    def parse(cls, instance_id: str) -> "EntityId":
        """Parse `@name@key`; the key may contain further `@`."""
        _, name, key = instance_id.split("@", 2)
        return cls(name, key)

    @property
    def instance_id(self) -> str:
        """Return the id in the Instances table."""
        return f"@{self.name.lower()}@{self.key}"


def is_entity(instance_name: str) -> bool:
    """Return True if an instance with this *name* is an entity.

    The *id* of an orchestration may begin with @ as well.
    """
    return instance_name.startswith("@")
