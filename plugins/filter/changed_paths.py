"""Which files a run changes, from the registered results of the tasks that write them."""


def _path(result):
    """The path in a result: of a file or symlink, or what a command creates."""
    return result.get("dest") or result.get("path") or result["invocation"]["module_args"]["creates"]


def changed_paths(results):
    """Paths that the tasks with these RESULTS changed, or in check mode would change. Loops are flattened."""
    items = [item for result in results for item in result.get("results", [result])]
    return [_path(item) for item in items if item.get("changed")]


class FilterModule:
    def filters(self):
        return {"changed_paths": changed_paths}
