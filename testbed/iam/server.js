// An OpenID provider in the manner of INDIGO IAM, for demo and tests only: it draws a signing key whenever it starts.
// Users, passwords and faults are files of IAM_STATE, read on every call: a test may change them any time.
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { page, sayError, signInForm, signOutForm } from './pages.js'

// The packages lie beside the node that runs this, outside the checkout.
const { Provider, interactionPolicy } = createRequire(process.execPath)('oidc-provider')

const { IAM_ISSUER: issuer, IAM_HUB_URL: hub, IAM_STATE: state, IAM_LISTEN: address } = process.env
const read = name => readFileSync(join(state, name), 'utf8')
const users = () => Object.entries(JSON.parse(read('users.json'))).map(([name, user]) => ({ ...user, preferred_username: name }))

// {subject: {status, body, delay}}: what is answered to a client about this user, after DELAY seconds.
const faults = () => existsSync(join(state, 'faults.json')) ? JSON.parse(read('faults.json')) : {}

const rightPassword = (name, password) => users().some(user => user.preferred_username === name) &&
  Object.entries(JSON.parse(read('passwords.json'))).some(([key, value]) => key === name && value === password)

function findAccount (_, sub) {
  const user = users().find(user => user.sub === sub)
  if (!user) return undefined
  const more = { email_verified: true, organisation_name: 'cloud', 'wlcg.groups': user.groups.map(group => `/${group}`) }
  return { accountId: sub, claims: () => ({ ...user, ...more }) }
}

// Everybody consents to everything that the client asks for.
async function loadExistingGrant (ctx) {
  const { client, session, params, provider } = ctx.oidc
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(params.scope)
  await grant.save()
  return grant
}

const policy = interactionPolicy.base()
policy.get('consent').checks.clear()

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'openstack-hub',
    client_secret: read('client_secret').trim(),
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [`${hub}/hub/oauth_callback`],
    post_logout_redirect_uris: [`${hub}/`]
  }],
  scopes: ['openid', 'offline_access', 'profile', 'email', 'wlcg.groups'],
  claims: {
    profile: ['name', 'preferred_username', 'organisation_name', 'groups'],
    email: ['email', 'email_verified'],
    'wlcg.groups': ['wlcg.groups']
  },
  conformIdTokenClaims: false,
  jwks: { keys: [generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })] },
  routes: {
    authorization: '/authorize', token: '/token', userinfo: '/userinfo', jwks: '/jwk', introspection: '/introspect',
    revocation: '/revoke', end_session: '/logout'
  },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => { ctx.body = signOutForm(form) },
      postLogoutSuccessSource: ctx => { ctx.body = page('Signed out', '<p>You may close this page.</p>') }
    }
  },
  pkce: { required: () => true },
  ttl: { Session: 86400, Grant: 86400, Interaction: 3600, AccessToken: 3600, IdToken: 3600, RefreshToken: 30 * 86400 },
  cookies: { keys: ['for demo and tests only'] },
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  renderError: (ctx, out) => { ctx.type = 'html'; ctx.body = sayError(out) },
  findAccount,
  loadExistingGrant
})

// INDIGO gives a refresh token for the scope alone; the library wants the prompt for consent with it.
provider.use(async (ctx, next) => {
  if (ctx.path === '/authorize' && ctx.query.scope?.split(' ').includes('offline_access') && !ctx.query.prompt) {
    ctx.query = { ...ctx.query, prompt: 'consent' }
  }
  await next()
})

provider.use(async (ctx, next) => {
  await next()
  const fault = ['/token', '/userinfo'].includes(ctx.path) && faults()[ctx.oidc?.account?.accountId]
  if (!fault) return
  await setTimeout(1000 * (fault.delay ?? 0))
  ctx.status = fault.status ?? ctx.status
  ctx.body = fault.body ?? ctx.body
})

async function signIn (req, res) {
  const answer = (status, html) => res.writeHead(status, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end(html)
  try {
    await provider.interactionDetails(req, res)
  } catch {
    return answer(400, page('Sign-in expired', '<p>Go back to where you came from and sign in again.</p>'))
  }
  if (req.method !== 'POST') return answer(200, signInForm())
  const form = new URLSearchParams(Buffer.concat(await Array.fromAsync(req)).toString())
  const name = form.get('username')
  if (!rightPassword(name, form.get('password'))) return answer(401, signInForm('Wrong user name or password.'))
  const { sub } = users().find(user => user.preferred_username === name)
  await provider.interactionFinished(req, res, { login: { accountId: sub } })
}

const handle = (req, res) => req.url.startsWith('/interaction/') ? signIn(req, res) : provider.callback()(req, res)
const { protocol, port } = new URL(issuer)
const server = protocol === 'https:'
  ? https.createServer({ key: read('ca/iam.key'), cert: read('ca/iam.crt') }, handle)
  : http.createServer(handle)
server.listen(Number(port), address, () => console.log(`${issuer} answers`))
// As the first process of a container it gets no default handler.
process.on('SIGTERM', () => process.exit())
