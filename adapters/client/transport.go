// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// errOtherGateway says that a certificate with another OIN than the gateway's answered.
var errOtherGateway = errors.New("the server's certificate carries another OIN than the gateway's")

// newHTTP makes the HTTP client of one party: TLS 1.3 with the post-quantum
// hybrid first, HTTP/1.1 with keep-alive, no redirects, no compression (a
// small answer must not grow without bound).
func newHTTP(c Config) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{
		Transport: &http.Transport{
			Proxy:       http.ProxyFromEnvironment, // a CONNECT proxy sees ciphertext only
			DialContext: (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig: &tls.Config{
				MinVersion:       tls.VersionTLS13,
				CurvePreferences: []tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256},
				RootCAs:          c.Roots,
				Certificates:     []tls.Certificate{c.Certificate},
				VerifyConnection: sameGateway(c.GatewayOIN),
			},
			TLSHandshakeTimeout:    10 * time.Second,
			ExpectContinueTimeout:  10 * time.Second, // a file is asked about first (upload.attach)
			MaxIdleConnsPerHost:    16,
			IdleConnTimeout:        60 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true,
			Protocols:              protocols,
		},
		// The gateway never redirects; following one would carry a report elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// sameGateway refuses a server that is vouched for, but as another
// organisation: among parties of one authority the name of the host is not
// enough. A certificate without an OIN is judged by its host name alone.
func sameGateway(oin gateway.OIN) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return errOtherGateway
		}
		found, err := gateway.ParseOIN(s.PeerCertificates[0].Subject.SerialNumber)
		if err == nil && found != oin {
			return errOtherGateway
		}
		return nil
	}
}
