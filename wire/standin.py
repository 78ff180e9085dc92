"""Stand-ins for modules that a library imports and hardly ever uses. In: their names. Out: imports that cost nothing.

Of an agent's memory a third went into such modules: paho-mqtt imports `urllib.request` (and with it `http.client` and
`email`) to ask for a proxy, `ssl` and `hashlib` (and with them OpenSSL) also where there is neither TLS nor WebSocket,
protobuf its pure-Python engine beside the compiled one. A stand-in loads the real module when it is first asked for
something, so the library finds all that it would have found.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType


class StandIn(ModuleType):
    """Answers for a module; `unloaded` are answers that do for as long as nobody has loaded the real one."""

    def __init__(self, name: str, unloaded: Mapping[str, object]) -> None:
        super().__init__(name)
        self._unloaded = unloaded

    def __getattr__(self, attribute: str) -> object:
        """Return what the real module has under this name, loading it if need be."""
        if attribute.startswith("__"):
            raise AttributeError(attribute)  # the import system asks for these
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        if attribute in self._unloaded and self.__name__ not in sys.modules:
            return self._unloaded[attribute]
        return getattr(import_module(self.__name__), attribute)


@contextmanager
def standing_in(*names: str, unloaded: Mapping[str, Mapping[str, object]] | None = None) -> Iterator[None]:
    """While the block runs, importing one of these modules gives a stand-in, unless it is loaded already.

    `unloaded` has, by module, answers that need no loading.
    """
    put = {name: StandIn(name, (unloaded or {}).get(name, {})) for name in names if name not in sys.modules}
    sys.modules.update(put)
    for name, module in put.items():
        package, _, last = name.rpartition(".")
        # `import package.last` binds the package only; whoever did that asks the package for `last` later.
        if package:
            setattr(import_module(package), last, module)
    try:
        yield
    finally:
        for name, module in put.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
