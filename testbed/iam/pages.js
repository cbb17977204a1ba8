// What a person sees of the provider.
const style = `
  body { font: 16px/1.5 system-ui, sans-serif; background: #eef1f5; color: #1d2733; margin: 0 }
  main { max-width: 20rem; margin: 12vh auto; padding: 2rem; background: #fff; border-radius: .5rem; box-shadow: 0 1px 6px #0003 }
  h1 { font-size: 1.4rem; margin: 0 0 1rem }
  label { display: block; margin-bottom: 1rem }
  input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; border: 1px solid #8a97a8; border-radius: .25rem }
  button { font: inherit; width: 100%; padding: .6rem; border: 0; border-radius: .25rem; background: #1f5fae; color: #fff; cursor: pointer }
  .error { color: #a3160f }`

const escaped = text => String(text).replace(/[&<>"]/g, c => `&#${c.charCodeAt()};`)

export const page = (title, body) => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title} - test IAM</title><style>${style}</style></head>
<body><main><h1>${title}</h1>${body}</main></body></html>`

export const sayError = out => page('That did not work', Object.values(out).map(text => `<p class="error">${escaped(text)}</p>`).join(''))

export const signInForm = (error = '') => page('Sign in', `
  <form method="post">
    ${error && `<p class="error" role="alert">${error}</p>`}
    <label>User name <input name="username" autocomplete="username" required autofocus></label>
    <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
    <button type="submit">Sign in</button>
  </form>`)

export const signOutForm = form => page('Sign out', `${form}
  <p>Do you want to sign out of the test IAM, too?</p>
  <button autofocus type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>`)
