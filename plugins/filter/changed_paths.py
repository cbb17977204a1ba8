"""Which files a run changes, from the registered results of the tasks that write them."""


def _path(result):
    """Files and links say their path; of a command it is what it creates."""
    return result.get("dest") or result.get("path") or result["invocation"]["module_args"]["creates"]


def changed_paths(results):
    """Paths that the tasks with these `results` changed, or in check mode would; loops are flattened."""
    flat = [item for result in results for item in result.get("results", [result])]
    return [_path(item) for item in flat if item.get("changed")]


class FilterModule:
    def filters(self):
        return {"changed_paths": changed_paths}
