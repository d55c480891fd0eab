// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seinhuis/seinhuis/adapters/client"
)

// receiver DIR STATUS FOLDER starts, on $HOOKPORT, a party's own https server
// with a certificate of the test authority of the installation DIR. It answers
// each event with STATUS and keeps it in FOLDER, one file per request.
func startReceiver(ts *testscript.TestScript, _ bool, args []string) {
	status, err := strconv.Atoi(args[1])
	ts.Check(err)
	ca, err := openTestCA(filepath.Join(ts.MkAbs(args[0]), testCADir))
	ts.Check(err)
	folder := ts.MkAbs(args[2])
	ts.Check(os.MkdirAll(folder, 0o700))
	certificate, key := filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	ts.Check(ca.server(certificate, key, time.Now()))
	pair, err := tls.LoadX509KeyPair(certificate, key)
	ts.Check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:"+ts.Getenv("HOOKPORT"))
	ts.Check(err)
	n := 0
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		n++ // one event at a time goes to a party
		text := r.Header.Get("Webhook-Id") + "\n" + r.Header.Get("Webhook-Timestamp") + "\n" + r.Header.Get("Webhook-Signature") + "\n" + string(body)
		name := filepath.Join(folder, strconv.Itoa(n))
		if err := os.WriteFile(name+".part", []byte(text), 0o600); err == nil {
			_ = os.Rename(name+".part", name)
		}
		w.WriteHeader(status)
	}), TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}}, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.ServeTLS(listener, "", "") }()
	ts.Defer(func() { _ = server.Close() })
}

// heard FILE DIR verifies a kept request with the keys that the gateway of DIR
// publishes, as a party's software does, and puts what it says into $TYPE,
// $PARTIJ and $TOT.
func heard(ts *testscript.TestScript, neg bool, args []string) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(ts.ReadFile(filepath.Join(args[1], testCADir, "ca.pem"))))
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}, Timeout: 10 * time.Second}
	answer, err := c.Get("https://127.0.0.1:" + ts.Getenv("PORT") + "/v1/sleutels")
	ts.Check(err)
	defer answer.Body.Close()
	jwks, err := io.ReadAll(answer.Body)
	ts.Check(err)
	lines := strings.SplitN(ts.ReadFile(args[0]), "\n", 4)
	h := http.Header{"Webhook-Id": lines[:1], "Webhook-Timestamp": lines[1:2], "Webhook-Signature": lines[2:3]}
	event, err := client.VerifyWebhook(jwks, h, []byte(lines[3]), time.Now(), client.WebhookTolerance)
	if neg != (err != nil) {
		ts.Fatalf("verified: %v", err)
	}
	ts.Setenv("TYPE", event.Type)
	ts.Setenv("PARTIJ", string(event.Party))
	ts.Setenv("TOT", strconv.FormatInt(event.UpTo, 10))
}
