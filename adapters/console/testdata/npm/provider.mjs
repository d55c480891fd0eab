// SPDX-License-Identifier: EUPL-1.2

// A real OpenID provider for oidc_test.go: npm oidc-provider with one client,
// users named by their subject, and a sign-in page without a password. Settings
// come as one JSON object in argv[2]. SEINHUIS_NPM names the directory that
// holds node_modules. Prints its port when it listens.
import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const from = process.env.SEINHUIS_NPM ? join(process.env.SEINHUIS_NPM, 'x.js') : import.meta.url
const { default: Provider } = await import(pathToFileURL(createRequire(from).resolve('oidc-provider')))
const settings = JSON.parse(process.argv[2])

let provider
const server = createServer((req, res) => provider.callback()(req, res))
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  provider = new Provider(issuer, {
    clients: [{ client_id: settings.client, client_secret: settings.secret, redirect_uris: [settings.redirect],
      response_types: ['code'], grant_types: ['authorization_code'] }],
    pkce: { required: () => true },
    acrValues: ['tweede-factor', 'wachtwoord'],
    claims: { openid: ['sub', 'rollen', 'partijen'], acr: null },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['test'] },
    ttl: { AuthorizationCode: 60, IdToken: 300, AccessToken: 60, Interaction: 300, Session: 300, Grant: 300 },
    interactions: { url: (_, i) => `/inloggen/${i.uid}` },
    // Whoever signs in agreed to all that is asked.
    async loadExistingGrant (ctx) {
      const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
    async findAccount (_, sub) {
      const user = settings.users[sub]
      return user && { accountId: sub, claims: () => ({ sub, ...user.claims }) }
    }
  })
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/inloggen/')) return next()
    if (ctx.method === 'GET') {
      ctx.type = 'html'
      ctx.body = '<!doctype html><html lang="nl"><title>Inloggen</title><form method="post"><label for="sub">Gebruiker</label><input id="sub" name="sub"><button>Inloggen</button></form></html>'
      return
    }
    let body = ''
    for await (const piece of ctx.req) body += piece
    const sub = new URLSearchParams(body).get('sub')
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: sub, acr: settings.users[sub]?.acr } }, { mergeWithLastSubmission: false })
    ctx.respond = false
  })
  console.log(server.address().port)
})
