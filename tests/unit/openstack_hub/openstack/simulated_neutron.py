"""Objects and services of openstacksdk as far as role cloud and its removal use them."""

from types import SimpleNamespace

DEFAULTS = {"description": "", "created_at": "2026-01-01", "project_id": "p", "metadata": {}}


def thing(name, **fields):
    """An object of openstacksdk; its ID is NAME-id."""
    return SimpleNamespace(**(DEFAULTS | {"id": f"{name}-id", "name": name} | fields))


class SimulatedService:
    """Records each call as (function, arguments); what `lists` names returns that list, filtered by its arguments.

    errors: function -> errors of its calls, one after the other.
    """

    def __init__(self, lists=None, errors=None):
        self.lists, self.errors, self.calls = lists or {}, errors or {}, []

    def __getattr__(self, function):
        def call(*args, **kwargs):
            if errors := self.errors.get(function):
                raise errors.pop(0)
            if function in self.lists:
                found = self.lists[function]
                if callable(found):
                    return found(*args, **kwargs)
                exact = {
                    key: value for key, value in kwargs.items() if hasattr(SimpleNamespace(**vars(thing(""))), key)
                }
                return [each for each in found if all(getattr(each, key) == value for key, value in exact.items())]
            self.calls.append((function, *args, kwargs))
            return thing(f"new-{function}")

        return call
