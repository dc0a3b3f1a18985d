"""Which instance an entity is: `@name@key`, the name in lower case."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntityId:
    """The name of an entity function and the key of one entity."""

    name: str
    key: str

    @classmethod
    def parse(cls, instance_id: str) -> "EntityId":
        """From `@name@key`; the key may hold further `@`."""
        _, name, key = instance_id.split("@", 2)
        return cls(name, key)

    @property
    def instance_id(self) -> str:
        """As the instances table knows it."""
        return f"@{self.name.lower()}@{self.key}"


def is_entity(instance_name: str) -> bool:
    """Whether an instance of that *name* is an entity; an orchestration's id may begin with @."""
    return instance_name.startswith("@")
