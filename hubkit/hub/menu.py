"""The menu of profiles on the page that starts a server."""

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


def number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")


def amount(cpu, memory, gpus=0):
    """`2 CPU, 1.5 GB memory, 1 GPU`. MEMORY in bytes; a GB is 1024^3, as in the variables."""
    size = f"{number(memory / 2**30)} GB" if memory >= 2**30 else f"{number(memory / 2**20)} MB"
    return f"{number(cpu)} CPU, {size} memory" + (f", {gpus} GPU" if gpus else "")


def size(profile):
    return amount(profile["cpu"], profile["memory"], profile.get("gpus", 0))


def html(profiles, last):
    """PROFILES as radio cards; the one named LAST is chosen, else the first. No profile: a sentence."""
    if not profiles:
        return Markup("<p>There is no profile for your groups.</p>")
    chosen = last if last in [p["name"] for p in profiles] else profiles[0]["name"]
    cards = [
        CARD.format(
            p["name"],
            Markup(" checked" if p["name"] == chosen else ""),
            p["title"],
            size(p),
            Markup("<span>{}</span>").format(p["description"]) if p["description"] else "",
        )
        for p in profiles
    ]
    return FIELDSET.format(STYLE, Markup().join(cards))
