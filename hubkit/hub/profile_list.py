"""The profile list on the page that starts a server."""

from markupsafe import Markup

STYLE = Markup("""<style>
.hubkit-profiles label { display: flex; gap: .75rem; padding: .75rem 1rem; margin-bottom: .5rem; cursor: pointer;
  border: 1px solid var(--bs-border-color, #bbb); border-radius: .375rem; }
.hubkit-profiles label:hover { background: var(--bs-tertiary-bg, #f5f5f5); }
.hubkit-profiles label:has(:checked) { border-color: currentColor; box-shadow: 0 0 0 1px currentColor; }
.hubkit-profiles label:focus-within { outline: 2px solid var(--bs-primary, #0d6efd); outline-offset: 2px; }
.hubkit-profiles span { display: block; }
.hubkit-profiles .hubkit-size { color: var(--bs-secondary-color, #555); }
</style>""")
FIELDSET = Markup(
    '{}<fieldset class="hubkit-profiles"><legend class="visually-hidden">Choose your server</legend>{}</fieldset>'
)
CARD = Markup(
    '<label><input type="radio" name="profile" value="{}" required{}><span><strong>{}</strong>'
    '<span class="hubkit-size">{}</span>{}</span></label>'
)


def format_number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")


def format_resources(cpu, memory, gpus=0):
    """`2 CPU, 1.5 GB memory, 1 GPU`. MEMORY in bytes; a GB is 1024^3, as in the variables."""
    size = f"{format_number(memory / 2**30)} GB" if memory >= 2**30 else f"{format_number(memory / 2**20)} MB"
    return f"{format_number(cpu)} CPU, {size} memory" + (f", {gpus} GPU" if gpus else "")


def profile_size(profile):
    return format_resources(profile["cpu"], profile["memory"], profile.get("gpus", 0))


def render(profiles, last):
    """PROFILES as radio buttons; the one named LAST is selected, else the first. A sentence when there is none."""
    if not profiles:
        return Markup("<p>No profile is available to your groups.</p>")
    selected = last if last in [p["name"] for p in profiles] else profiles[0]["name"]
    cards = [
        CARD.format(
            p["name"],
            Markup(" checked" if p["name"] == selected else ""),
            p["title"],
            profile_size(p),
            Markup("<span>{}</span>").format(p["description"]) if p["description"] else "",
        )
        for p in profiles
    ]
    return FIELDSET.format(STYLE, Markup().join(cards))
