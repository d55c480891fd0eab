// SPDX-License-Identifier: EUPL-1.2

package mtls

import (
	"crypto/tls"
	"time"
)

// TLSConfig gives the settings of the listener after NCSC-NL 2025-05: TLS 1.3
// (1.2 by option, forward-secret AEAD suites only), post-quantum key exchange
// first, no session tickets, so that every connection shows its certificate,
// no renegotiation. A client certificate is verified when given; which routes
// need one is the door's to say, by [Authority.Peer].
//
// serverCert gives the gateway's own certificate at each handshake, so that it
// can be renewed without a restart. The test TestListener holds versions and
// groups.
func (a *Authority) TLSConfig(serverCert func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	c := &tls.Config{
		GetCertificate:         serverCert,
		MinVersion:             tls.VersionTLS13,
		CurvePreferences:       []tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384},
		NextProtos:             []string{"h2", "http/1.1"},
		ClientAuth:             tls.VerifyClientCertIfGiven,
		ClientCAs:              a.config.Roots,
		SessionTicketsDisabled: true,
		Renegotiation:          tls.RenegotiateNever,
		Time:                   func() time.Time { return a.config.Clock() },
	}
	if a.config.AllowTLS12 {
		c.MinVersion = tls.VersionTLS12
		c.CipherSuites = []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		}
	}
	return c
}
