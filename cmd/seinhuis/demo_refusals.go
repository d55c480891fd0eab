// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

// attempt is one thing that the gateway must refuse, and with which code.
type attempt struct {
	what  string
	code  gateway.Code
	token func() ([]byte, error)
	as    *tls.Certificate // nil: without a certificate
	path  string           // empty: a report with a new id
}

// refuse tries what must be refused, past the careful client, and checks each
// code.
func (s *story) refuse(ctx context.Context) error {
	f, err := s.newForge(ctx)
	if err != nil {
		return err
	}
	attempts := append(f.atTheDoor(), append(f.inTheEnvelope(), f.inTheReport()...)...)
	for _, a := range attempts {
		problem, err := f.try(ctx, a)
		if err != nil {
			return fmt.Errorf("%s: %w", a.what, err)
		}
		if !problem.Has(a.code) {
			return fmt.Errorf("%s: expected %s, got %d %s", a.what, a.code, problem.Status, codes(problem))
		}
		s.refused++
		s.say("   %-52s %d %s", a.what, problem.Status, codes(problem))
	}
	return nil
}

// forge makes letters that an honest client would not make.
type forge struct {
	story      *story
	roots      *x509.CertPool
	recipient  gateway.PartyKey
	signers    []jose.PrivateKey // per creditor
	creditor   tls.Certificate   // the energy company
	water      tls.Certificate   // the water company
	town       tls.Certificate   // Nijmegen
	strangers  tls.Certificate   // a good certificate of nobody in the register
	revoked    tls.Certificate
	persons    *people
	conflicted gateway.ReportID
}

func (s *story) newForge(ctx context.Context) (*forge, error) {
	w := s.world
	f := &forge{story: s, roots: poolOf(w), persons: newPeople(2, gateway.Today(w.now)), conflicted: s.receipt.ReportID}
	for _, p := range demoCreditors {
		key, err := signerIn(w.folder(p))
		if err != nil {
			return nil, err
		}
		f.signers = append(f.signers, key)
	}
	var errs [5]error
	f.creditor, errs[0] = pairIn(w.folder(demoCreditors[energy]))
	f.town, errs[1] = pairIn(w.folder(demoMunicipalities[nijmegen]))
	f.strangers, errs[2] = f.certificate("vreemde", "00000099000000009000")
	f.revoked, errs[3] = f.certificate("ingetrokken", string(demoCreditors[energy].OIN))
	f.water, errs[4] = pairIn(w.folder(demoCreditors[water]))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	if err := w.ca.revoke(time.Now(), f.revoked.Leaf); err != nil {
		return nil, err
	}
	time.Sleep(1100 * time.Millisecond) // the list is looked at once a second
	return f, f.fetchRecipient(ctx)
}

func poolOf(w *demoWorld) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(w.ca.cert)
	return pool
}

func signerIn(dir string) (jose.PrivateKey, error) {
	data, err := os.ReadFile(filepath.Join(dir, kitSigning))
	if err != nil {
		return jose.PrivateKey{}, err
	}
	return jose.ParsePrivateKey(data)
}

func pairIn(dir string) (tls.Certificate, error) {
	return tls.LoadX509KeyPair(filepath.Join(dir, kitCert), filepath.Join(dir, kitKey))
}

func (f *forge) certificate(name, oin string) (tls.Certificate, error) {
	dir := filepath.Join(f.story.world.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return tls.Certificate{}, err
	}
	cert, key := filepath.Join(dir, kitCert), filepath.Join(dir, kitKey)
	if err := f.story.world.ca.client(cert, key, oin, name, time.Now()); err != nil {
		return tls.Certificate{}, err
	}
	return tls.LoadX509KeyPair(cert, key)
}

// fetchRecipient asks for the gateway's published keys, as anybody may.
func (f *forge) fetchRecipient(ctx context.Context) error {
	status, body, err := f.call(ctx, nil, http.MethodGet, "/v1/sleutels", nil)
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("public keys: status %d: %w", status, err)
	}
	published, err := jose.ParseJWKS(body)
	if err != nil {
		return err
	}
	f.recipient, err = jose.Recipient(published, time.Now())
	return err
}

func (f *forge) call(ctx context.Context, as *tls.Certificate, method, path string, body []byte) (int, []byte, error) {
	c := &tls.Config{RootCAs: f.roots, MinVersion: tls.VersionTLS13}
	if as != nil {
		c.Certificates = []tls.Certificate{*as}
	}
	transport := &http.Transport{TLSClientConfig: c, DisableKeepAlives: true}
	request, err := http.NewRequestWithContext(ctx, method, f.story.world.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/jose")
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return response.StatusCode, answer, err
}

func (f *forge) try(ctx context.Context, a attempt) (*client.Problem, error) {
	token, err := a.token()
	if err != nil {
		return nil, err
	}
	if a.path == "" {
		a.path = "/v1/meldingen/" + string(gateway.NewUUID(time.Now(), nil))
	}
	status, body, err := f.call(ctx, a.as, http.MethodPut, a.path, token)
	if err != nil {
		return nil, err
	}
	p := &client.Problem{Status: status}
	var told struct {
		Findings []gateway.Finding `json:"bevindingen"`
	}
	if status < 400 || json.Unmarshal(body, &told) != nil {
		return nil, fmt.Errorf("status %d is no refusal", status)
	}
	p.Findings = told.Findings
	return p, nil
}

// wrapped signs as the creditor and encrypts to the gateway.
func (f *forge) wrapped(payload []byte) func() ([]byte, error) {
	return func() ([]byte, error) { return jose.Wrap(payload, f.signers[energy], f.recipient) }
}

// good is the JSON of a report that would be accepted.
func (f *forge) good() []byte {
	return fixed(f.persons.report(gateway.ReportEnergy, nijmegen)).Payload()
}

func fixed(r client.Report) client.Message {
	m, err := client.Prepare(r)
	if err != nil {
		panic("demo: " + err.Error()) // reports of the demo are valid text
	}
	return m
}

// atTheDoor are requests that come no further than the door.
func (f *forge) atTheDoor() []attempt {
	fine := f.wrapped(f.good())
	return []attempt{
		{what: "no client certificate", code: gateway.CodeNoCertificate, token: fine},
		{what: "a certificate of nobody in the register", code: gateway.CodePartyUnknown, token: fine, as: &f.strangers},
		{what: "a revoked certificate", code: gateway.CodeCertificateRevoked, token: fine, as: &f.revoked},
		{what: "a municipality on a creditor's route", code: gateway.CodePartyKind, token: fine, as: &f.town},
		{what: "a body of 2 MB", code: gateway.CodeTooLarge, as: &f.creditor,
			token: func() ([]byte, error) { return bytes.Repeat([]byte("A"), 2<<20), nil }},
	}
}

// inTheEnvelope are letters that cannot be trusted.
func (f *forge) inTheEnvelope() []attempt {
	return []attempt{
		{what: "no compact JOSE", code: gateway.CodeNotCompact, as: &f.creditor,
			token: func() ([]byte, error) { return []byte("beste gateway"), nil }},
		{what: "an algorithm that is not allowed (dir)", code: gateway.CodeAlgorithm, as: &f.creditor,
			token: func() ([]byte, error) {
				return []byte("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoieCJ9..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA"), nil
			}},
		{what: "one character of the seal changed", code: gateway.CodeUndecryptable, as: &f.creditor, token: func() ([]byte, error) {
			token, err := f.wrapped(f.good())()
			at := bytes.LastIndexByte(token, '.') + 5
			if err == nil && token[at] == 'A' {
				token[at] = 'B'
			} else if err == nil {
				token[at] = 'A'
			}
			return token, err
		}},
		{what: "encrypted to somebody else", code: gateway.CodeKey, as: &f.creditor, token: func() ([]byte, error) {
			other, err := jose.NewEncryptionKey("ECDH-ES+A256KW")
			if err != nil {
				return nil, err
			}
			return jose.Wrap(f.good(), f.signers[energy], other.Public())
		}},
		{what: "signed by another party", code: gateway.CodeKey, as: &f.creditor,
			token: func() ([]byte, error) { return jose.Wrap(f.good(), f.signers[water], f.recipient) }},
		{what: "not JSON", code: gateway.CodeNotJSON, as: &f.creditor, token: f.wrapped([]byte("soort=Energie"))},
		{what: "a field twice", code: gateway.CodeDuplicateField, as: &f.creditor,
			token: f.wrapped(bytes.Replace(f.good(), []byte("{"), []byte(`{"soort":"Water",`), 1))},
		{what: "an unknown field", code: gateway.CodeUnknownField, as: &f.creditor,
			token: f.wrapped(bytes.Replace(f.good(), []byte("{"), []byte(`{"burgerservicenummer":"1",`), 1))},
		{what: "10,000 levels deep", code: gateway.CodeTooDeep, as: &f.creditor,
			token: f.wrapped(bytes.Replace(f.good(), []byte("{"), []byte(`{"diep":`+strings.Repeat("[", 10000)+strings.Repeat("]", 10000)+","), 1))},
	}
}

// inTheReport are well-formed reports that may not be passed on.
func (f *forge) inTheReport() []attempt {
	today := gateway.Today(f.story.world.now)
	report := func(what string, code gateway.Code, change func(r *client.Report)) attempt {
		r := f.persons.report(gateway.ReportEnergy, nijmegen)
		change(&r)
		m := fixed(r)
		return attempt{what: what, code: code, as: &f.creditor, token: f.wrapped(m.Payload()), path: "/v1/meldingen/" + string(m.ID())}
	}
	attempts := []attempt{
		report("a BSN in a name", gateway.CodeBSN, func(r *client.Report) { r.Person.Surname = "Jansen 999.990.019" }),
		report("a negative amount", gateway.CodeAmountNegative, func(r *client.Report) { r.AmountInCents = -12500 }),
		report("an amount above the limit", gateway.CodeAmountTooHigh, func(r *client.Report) { r.AmountInCents = 900_000_000 }),
		report("a signal date in the future", gateway.CodeFutureDate, func(r *client.Report) { r.SignalDate = today.AddDays(3).String() }),
		report("an unknown postcode", gateway.CodePostcodeUnknown, func(r *client.Report) { r.Address.Postcode = "6511ZZ" }),
		report("a PO box", gateway.CodePostbus, func(r *client.Report) { r.Address.Postcode = "1000AE" }),
		report("an address in two municipalities", gateway.CodeAddressAmbiguous, func(r *client.Report) { r.Address.Postcode, r.Address.Number = "7011EZ", 100 }),
		report("a municipality that has not joined", gateway.CodeMunicipalityNotJoined, func(r *client.Report) { r.Address.Postcode = "3011HS" }),
		report("a kind outside the agreement", "soort-niet-in-overeenkomst", func(r *client.Report) { r.Kind = gateway.ReportWater }),
		report("the resident objected", "bezwaar-inwoner", func(r *client.Report) { r.Efforts.Objection = true }),
		report("arrears of ten days", "achterstand-te-jong", func(r *client.Report) {
			r.ArrearsSince = today.AddDays(-10).String()
			r.Efforts = client.Efforts{PersonalContact: today.AddDays(-5).String(), PointedToHelp: today.AddDays(-5).String(),
				Reminders: []string{today.AddDays(-5).String()}, OfferMade: today.AddDays(-5).String()}
		}),
		report("below the municipality's threshold", "onder-drempel", func(r *client.Report) { r.AmountInCents = 2500 }),
		report("no personal contact tried", "persoonlijk-contact-ontbreekt", func(r *client.Report) { r.Efforts.PersonalContact = "" }),
		report("an id that is taken by other content", gateway.CodeConflict, func(r *client.Report) { r.ID = string(f.conflicted) }),
	}
	return append(attempts, f.withoutAgreement())
}

// withoutAgreement is the water company reporting in Amsterdam.
func (f *forge) withoutAgreement() attempt {
	m := fixed(f.persons.report(gateway.ReportWater, amsterdam))
	return attempt{what: "no agreement with this municipality", code: gateway.CodeNoAgreement, path: "/v1/meldingen/" + string(m.ID()),
		as: &f.water, token: func() ([]byte, error) { return jose.Wrap(m.Payload(), f.signers[water], f.recipient) }}
}
