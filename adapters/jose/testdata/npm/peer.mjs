// SPDX-License-Identifier: EUPL-1.2

// The other side of interop_node_test.go: npm jose makes and reads what the
// Go side reads and made. One JSON array of jobs on stdin, one array of
// answers on stdout. SEINHUIS_NPM names the directory that holds node_modules.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { text } from 'node:stream/consumers'

const from = process.env.SEINHUIS_NPM ? join(process.env.SEINHUIS_NPM, 'x.js') : import.meta.url
const jose = await import(pathToFileURL(createRequire(from).resolve('jose')))
const utf8 = new TextEncoder()
const plain = new TextDecoder()

const work = {
  async sign({ payload, jwk, typ }) {
    const key = await jose.importJWK(jwk)
    return new jose.CompactSign(utf8.encode(payload)).setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, typ }).sign(key)
  },
  async verify({ token, jwk }) {
    const { payload } = await jose.compactVerify(token, await jose.importJWK(jwk), { algorithms: [jwk.alg] })
    return plain.decode(payload)
  },
  async verifyWithSet({ token, set }) {
    const { payload } = await jose.compactVerify(token, jose.createLocalJWKSet(set))
    return plain.decode(payload)
  },
  async encrypt({ payload, jwk, alg }) {
    const key = await jose.importJWK(jwk, alg)
    const header = { alg: alg ?? jwk.alg, enc: 'A256GCM', kid: jwk.kid, cty: 'JOSE' }
    return new jose.CompactEncrypt(utf8.encode(payload)).setProtectedHeader(header).encrypt(key)
  },
  async decrypt({ token, jwk }) {
    const { plaintext } = await jose.compactDecrypt(token, await jose.importJWK(jwk), { keyManagementAlgorithms: [jwk.alg] })
    return plain.decode(plaintext)
  },
  async thumbprint({ jwk }) {
    return jose.calculateJwkThumbprint(jwk)
  },
}

const answers = []
for (const job of JSON.parse(await text(process.stdin))) {
  try {
    answers.push({ ok: await work[job.do](job) })
  } catch (e) {
    answers.push({ error: `${e.name}: ${e.message}` })
  }
}
process.stdout.write(JSON.stringify(answers))
