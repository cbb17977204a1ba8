"""Templates of the pages of local accounts; JupyterHub's environment escapes all values."""

PASSWORD = """{% extends "page.html" %}
{% block main %}
<div class="container" style="max-width: 28rem">
  <h1 class="h3 mb-3">Choose a new password</h1>
  <p>For accounts of this hub. A one-time password that you were given must be replaced before you can sign in.</p>
  {% if error %}<p class="alert alert-danger" role="alert">{{ error }}</p>{% endif %}
  <form method="post" action="change-password">
    <input type="hidden" name="_xsrf" value="{{ xsrf }}">
    <input type="hidden" name="next" value="{{ next }}">
    <div class="mb-3">
      <label class="form-label" for="username">User name</label>
      <input id="username" class="form-control" name="username" value="{{ username }}" required maxlength="64"
             autocomplete="username" autocapitalize="off" spellcheck="false">
    </div>
    {% for field, label, use in [("password", "Current or one-time password", "current-password"),
        ("new", "New password, at least 12 characters", "new-password"),
        ("again", "New password again", "new-password")] %}
    <div class="mb-3">
      <label class="form-label" for="{{ field }}">{{ label }}</label>
      <input id="{{ field }}" class="form-control" type="password" name="{{ field }}" required maxlength="128"
             {% if use == "new-password" %}minlength="12"{% endif %} autocomplete="{{ use }}">
    </div>
    {% endfor %}
    <button class="btn btn-jupyter w-100" type="submit">Change the password and sign in</button>
  </form>
</div>
{% endblock %}
"""

REQUEST = """{% extends "page.html" %}
{% block main %}
<div class="container" style="max-width: 32rem">
  <h1 class="h3 mb-3">Request an account</h1>
  {% if done %}
  <p class="alert alert-success" role="status">Your request was sent. An administrator answers it at the address that
    you gave, with a one-time password.</p>
  <p><a href="{{ login_url }}">Back to the sign-in page</a></p>
  {% else %}
  <p>An administrator of this hub approves each account.</p>
  {% if error %}<p class="alert alert-danger" role="alert">{{ error }}</p>{% endif %}
  <form method="post">
    <input type="hidden" name="_xsrf" value="{{ xsrf }}">
    <div class="mb-3">
      <label class="form-label" for="username">User name that you would like</label>
      <input id="username" class="form-control" name="username" value="{{ username }}" required maxlength="30"
             autocapitalize="off" spellcheck="false" aria-describedby="username-help">
      <div id="username-help" class="form-text">Lower-case letters, digits and hyphens; a letter first.</div>
    </div>
    <div class="mb-3">
      <label class="form-label" for="reason">Who you are, what you need the account for, and your e-mail address</label>
      <textarea id="reason" class="form-control" name="reason" rows="4" required
                maxlength="{{ max_reason }}">{{ reason }}</textarea>
    </div>
    <button class="btn btn-jupyter w-100" type="submit">Send the request</button>
  </form>
  {% endif %}
</div>
{% endblock %}
"""

ACCOUNTS = """{% extends "page.html" %}
{% macro hidden(name=None, request=None) %}
  <input type="hidden" name="_xsrf" value="{{ xsrf }}">
  {% if name %}<input type="hidden" name="name" value="{{ name }}">{% endif %}
  {% if request %}<input type="hidden" name="request" value="{{ request }}">{% endif %}
{% endmacro %}
{% macro button(action, label, style="outline-secondary") %}
  <button class="btn btn-sm btn-{{ style }}" name="action" value="{{ action }}" type="submit">{{ label }}</button>
{% endmacro %}
{% macro new(name, request, label) %}
  {% set number = request or "new" %}
  <label class="visually-hidden" for="name-{{ number }}">User name</label>
  <input id="name-{{ number }}" class="form-control form-control-sm" style="width: 12rem" name="name"
         value="{{ name }}" placeholder="user name" required maxlength="30" autocapitalize="off" spellcheck="false">
  <label class="visually-hidden" for="days-{{ number }}">Days</label>
  <input id="days-{{ number }}" class="form-control form-control-sm" style="width: 5rem" name="days" type="number"
         min="1" max="{{ days }}" value="{{ days }}" required> <span>days</span>
  {{ button("create", label, "primary") }}
{% endmacro %}
{% block main %}
<div class="container">
  <h1 class="h3 mb-3">Local accounts</h1>
  {% if error %}<p class="alert alert-danger" role="alert">{{ error }}</p>{% endif %}
  {% if message %}<p class="alert alert-success" role="status">{{ message }}.</p>{% endif %}
  {% if password %}
  <p class="alert alert-warning">One-time password of <strong>{{ owner }}</strong>, shown only now:
    <code id="one-time-password" class="fs-5 user-select-all">{{ password }}</code></p>
  {% endif %}

  <h2 class="h5 mt-4">Requests</h2>
  {% if not requests %}<p class="text-body-secondary">No request waits for an answer.</p>{% endif %}
  {% for request in requests %}
  <div class="card mb-2"><div class="card-body py-2">
    <p class="mb-1 text-break">{{ request.reason }}</p>
    <p class="mb-2 small text-body-secondary">{{ request.since }} UTC, from {{ request.source }}</p>
    <div class="d-flex flex-wrap gap-2">
      <form method="post" class="d-flex flex-wrap gap-2 align-items-center">
        {{ hidden(request=request.id) }}{{ new(request.name, request.id, "Approve") }}
      </form>
      <form method="post">{{ hidden(request=request.id) }}{{ button("reject", "Reject") }}</form>
    </div>
  </div></div>
  {% endfor %}

  {% if requests | length > 1 %}
  <form method="post">{{ hidden() }}{{ button("reject_all", "Reject all", "outline-danger") }}</form>
  {% endif %}

  <h2 class="h5 mt-4">New account</h2>
  <form method="post" class="d-flex flex-wrap gap-2 align-items-center">{{ hidden() }}{{ new("", 0, "Create") }}</form>

  <h2 class="h5 mt-4">Accounts</h2>
  <table class="table align-middle">
    <thead><tr><th>User name</th><th>Valid until</th><th>State</th><th></th></tr></thead>
    <tbody>
    {% for account in accounts %}
      <tr>
        <td>{{ account.name }}</td>
        <td>{{ account.until }}</td>
        <td>{{ "disabled" if account.disabled else "expired" if account.expired else
               "has a one-time password" if account.one_time else "active" }}</td>
        <td><form method="post" class="d-flex gap-2 justify-content-end align-items-center">
          {{ hidden(account.name) }}<input type="hidden" name="days" value="{{ days }}">
          {{ button("reset", "Reset the password") }}
          {{ button("extend", "Extend to " ~ latest) }}
          {{ button("enable", "Enable") if account.disabled else button("disable", "Disable", "outline-danger") }}
        </form></td>
      </tr>
    {% endfor %}
    </tbody>
  </table>
</div>
{% endblock %}
"""

PAGES = {"password": PASSWORD, "request": REQUEST, "accounts": ACCOUNTS}
