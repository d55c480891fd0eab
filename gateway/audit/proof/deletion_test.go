// SPDX-License-Identifier: EUPL-1.2

package proof_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

func TestParseDeletion(t *testing.T) {
	names := []string{"signaal/0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11/inhoud", "signaal/0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e22/inhoud"}
	var sums []string
	for _, n := range names {
		sums = append(sums, `"`+proof.ReceiptDigest(n)+`"`) // SHA-256 in hex
	}
	slices.Sort(sums)
	const form = `{"iss":"00000099000000001000","aud":"00000099000000220001","jti":"0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e33","gewistOp":"2026-12-03T00:00:01Z",` +
		`"reden":"%s","soort":"inhoud","gemeente":"GM0268","aantal":%d,"objecten":[%s],"spoor":"4bf92f3577b34da6a3ce929d0e0e4736"}`
	good := fmt.Sprintf(form, "termijn", 2, strings.Join(sums, ","))
	read := func(typ, payload string) (proof.Deletion, error) {
		return proof.ParseDeletion(proof.Receipt{Type: typ, Payload: []byte(payload)})
	}
	d, err := read(proof.TypeDeletion, good)
	if err != nil || !d.Names(names[0]) || !d.Names(names[1]) || d.Names("signaal/0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11") || d.Names("") {
		t.Fatalf("%+v, %v", d, err)
	}
	for _, c := range []struct {
		event string
		count int64
		want  bool
	}{{"gegevens-gewist", 2, true}, {"gegevens-gewist", 3, false}, {"sleutel-vernietigd", 2, false}} {
		if d.Recorded(proof.Entry{Event: c.event, Count: c.count}) != c.want {
			t.Errorf("%+v", c)
		}
	}
	key, err := read(proof.TypeDeletion, fmt.Sprintf(form, "sleutel", 1, sums[0]))
	if err != nil || !key.Recorded(proof.Entry{Event: "sleutel-vernietigd"}) || key.Recorded(proof.Entry{Event: "gegevens-gewist", Count: 1}) {
		t.Errorf("%+v, %v", key, err)
	}
	for name, c := range map[string][2]string{
		"another type":     {"ontvangstbewijs+jwt", good},
		"unknown field":    {proof.TypeDeletion, strings.Replace(good, `{"iss"`, `{"naam":"x","iss"`, 1)},
		"count":            {proof.TypeDeletion, fmt.Sprintf(form, "termijn", 3, strings.Join(sums, ","))},
		"nothing":          {proof.TypeDeletion, fmt.Sprintf(form, "termijn", 0, "")},
		"out of order":     {proof.TypeDeletion, fmt.Sprintf(form, "termijn", 2, sums[1]+","+sums[0])},
		"doubled":          {proof.TypeDeletion, fmt.Sprintf(form, "termijn", 2, sums[1]+","+sums[1])},
		"no digest":        {proof.TypeDeletion, fmt.Sprintf(form, "termijn", 1, `"`+names[0]+`"`)},
		"free text":        {proof.TypeDeletion, fmt.Sprintf(form, "Jan Jansen", 2, strings.Join(sums, ","))},
		"no moment":        {proof.TypeDeletion, strings.Replace(good, "2026-12-03T00:00:01Z", "gisteren", 1)},
		"no OIN":           {proof.TypeDeletion, strings.Replace(good, "00000099000000220001", "GM0268", 1)},
		"other shape":      {proof.TypeDeletion, `[]`},
		"no claims at all": {proof.TypeDeletion, `{}`},
	} {
		if _, err := read(c[0], c[1]); !errors.Is(err, proof.ErrDeletion) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
