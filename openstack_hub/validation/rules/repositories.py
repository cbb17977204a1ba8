"""Git repositories that are cloned into homes."""

from openstack_hub.schema.corrections import folder_name
from openstack_hub.validation.problems import Problem, show
from openstack_hub.validation.rules import entries

NO_GIT = "the chart's sample image has no git: set image of the profile, or hub_images.user"


def repository_problems(v):
    has_image = not v.is_valid("hub_images") or v["hub_images"]["user"]
    for i, profile in entries(v["hub_profiles"]):
        if profile["repositories"] and not profile["image"] and not has_image:
            yield Problem(("hub_profiles", i, "repositories"), NO_GIT, warning=True)
        folders = {}
        for j, repository in entries(profile["repositories"]):
            folder = repository["url"] and folder_name(repository["url"])
            if folder in folders:
                text = f"its folder in the home, {show(folder)}, is already that of {folders[folder]}"
                yield Problem(("hub_profiles", i, "repositories", j, "url"), f"{text}: remove one of the two")
            elif folder:
                folders[folder] = repository["url"]
