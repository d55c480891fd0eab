// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
)

// FuzzPrepareJSON: what is accepted is one sound JSON object, and preparing it
// again changes nothing, so that a repetition is the same question.
func FuzzPrepareJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"meldingId":"01932b1c-0000-7000-8000-000000000001"}`, ` {"zout":null , "a":[1,{"b":"\u0000"}]} `, `{"a":1,"a":2}`, `[]`, "{\"a\":\"\xff\"}", "{\n}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := client.PrepareJSON(raw)
		if err != nil {
			return
		}
		if p := jsontext.Value(m.Payload()); !p.IsValid() || p.Kind() != '{' {
			t.Fatalf("%q became %q", raw, p)
		}
		again, err := client.PrepareJSON(m.Payload())
		if err != nil || again.ID() != m.ID() || again.Digest() != m.Digest() {
			t.Fatalf("%q: prepared again it differs (%v)", raw, err)
		}
	})
}

// BenchmarkSend is one report there and back over a loopback connection that
// stays open: sign, encrypt, send, verify the receipt twice; the gateway's own
// decrypting and signing are in it.
func BenchmarkSend(b *testing.B) {
	g := clienttest.New(b)
	c := connect(b, g.Creditor(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Report(ctx, report()); err != nil {
			b.Fatal(err)
		}
	}
}
