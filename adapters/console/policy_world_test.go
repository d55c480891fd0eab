// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/policies"
)

const (
	importID   gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e21"
	proposalID gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e22"
)

// samplePolicies are the built-in policy and a changed one, compiled once.
var samplePolicies = sync.OnceValue(func() (s struct {
	files, changed policies.Set
	was, is        policies.Ref
}) {
	var errs [3]error
	var old, next *policies.Bundle
	s.files, errs[0] = policies.EmbeddedSet()
	s.changed = policies.Set{Documents: map[string][]byte{}, Cases: map[string][]byte{"nieuw.txtar": []byte(
		"Zorg zonder overeenkomst blijft geweigerd.\n-- question.yaml --\nsoort: Zorg\n-- expect.yaml --\ntoegestaan: false\nweigeringen: [signaaldatum-ontbreekt, soort-niet-toegelaten, geen-overeenkomst, geen-bewaartermijn]\n")}}
	for name, data := range s.files.Documents {
		s.changed.Documents[name] = []byte(strings.NewReplacer(`"2026.1"`, `"2027.1"`, "De achterstand is ouder dan 100 dagen.", "De achterstand bestaat langer dan 100 dagen.").Replace(string(data)))
	}
	s.changed.Documents["water.yaml"] = append(s.changed.Documents["water.yaml"], `
  - id: bedrag-te-klein
    wet: praktijk
    nl: Het bedrag is lager dan 300 euro.
    en: The amount is below 300 euros.
    geldig: {van: 2027-02-01}
    als: bedragInCenten < 30000 || drempelInCenten > 1
    gevolg: weigeren
    code: onder-drempel
`...)
	old, errs[1] = s.files.Load()
	next, errs[2] = s.changed.Load()
	if err := errors.Join(errs[:]...); err != nil {
		panic(err)
	}
	s.was, s.is = old.Ref(), next.Ref()
	return s
})

// plainSeals sign nothing and believe everything: what they are for is tested in
// gateway/adoption.
type plainSeals struct{ gatewaytest.Signer }

func (plainSeals) Open(_ context.Context, statements []gateway.Compact) (all [][]byte, err error) {
	for _, s := range statements {
		payload, err := gatewaytest.Unsign(s)
		if err != nil {
			return nil, err
		}
		all = append(all, payload)
	}
	return all, nil
}

// sampleAdoption is a desk with the built-in policy in force and one proposal,
// and forty decisions of October.
func sampleAdoption(now time.Time) *adoption.Desk {
	m, s := gatewaytest.NewMemory(), samplePolicies()
	today := gateway.Today(now)
	err := m.Adoptions.WriteAdoption(context.Background(), func(tx adoption.Tx) error {
		first := adoption.Proposal{ID: importID, Source: adoption.Import, Policy: s.was, Cases: s.files.CasesDigest(), From: today.AddDays(-60),
			At: now.AddDate(0, -2, 0), State: adoption.Adopted, AdoptedAt: now.AddDate(0, -2, 0)}
		second := adoption.Proposal{ID: proposalID, Source: adoption.Officers, Policy: s.is, Cases: s.changed.CasesDigest(), Previous: s.was.Digest, Cause: adoption.CauseRetention,
			Ticket: "Z-2026-00123", From: today.AddDays(40), By: "5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e99", At: now.AddDate(0, 0, -1), State: adoption.Proposed}
		return errors.Join(tx.AddProposal(first, s.files), tx.AddProposal(second, s.changed))
	})
	if err != nil {
		panic(err)
	}
	return adoption.NewDesk(adoption.Ports{Issuer: gatewaytest.Issuer, Store: m.Adoptions, Signer: plainSeals{}, Opener: plainSeals{}, Facts: sampleFacts{}})
}

type sampleFacts struct{}

func (sampleFacts) Facts(_ context.Context, _ string, yield func(policies.Facts, int) error) error {
	for kind, n := range map[string]int{"Zorg": 25, "Energie": 15, "Water": 3} {
		if err := yield(policies.Facts{Kind: kind, Basis: "wgs", Age: 45, Amount: 25_000, EndsIn: -1, Consent: -1, Contact: 1, Help: 1, Reminder: 2, Reminders: 1, Offer: 1, Plan: -1}, n); err != nil {
			return err
		}
	}
	return nil
}

// approveForm approves the sample proposal.
func approveForm() url.Values {
	is := samplePolicies().is
	return url.Values{"besluit": {"goedkeuren"}, "digest": {gateway.Digest(is.Digest).String()}}
}

// proposeForm hands in another change; a name with @ is sent as a file.
func proposeForm() url.Values {
	s := samplePolicies()
	next := policies.Set{Documents: map[string][]byte{}}
	for name, data := range s.files.Documents {
		next.Documents[name] = []byte(strings.Replace(string(data), `"2026.1"`, `"2027.2"`, 1))
	}
	var zipped bytes.Buffer
	if err := writeZip(&zipped, next, time.Unix(1_790_000_000, 0)); err != nil {
		panic(err)
	}
	return url.Values{"@zip": {zipped.String()}, "aanleiding": {"verbetering"}, "kenmerk": {"Z-2026-0200"}, "ingangsdatum": {"2027-01-01"}, "spoed": {"nee"}}
}

// bodyOf makes the body of a form as a browser would.
func bodyOf(t *testing.T, values url.Values) (io.Reader, string) {
	t.Helper()
	if values == nil {
		return nil, ""
	}
	var sent bytes.Buffer
	parts, files := multipart.NewWriter(&sent), false
	for name, all := range values {
		for _, value := range all {
			var err error
			if name, file := strings.CutPrefix(name, "@"); file {
				files = true
				var w io.Writer
				if w, err = parts.CreateFormFile(name, "beleid.zip"); err == nil {
					_, err = io.WriteString(w, value)
				}
			} else {
				err = parts.WriteField(name, value)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if !files {
		return strings.NewReader(values.Encode()), "application/x-www-form-urlencoded"
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	return &sent, parts.FormDataContentType()
}
