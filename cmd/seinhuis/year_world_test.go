// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
	"github.com/seinhuis/seinhuis/policies"
)

const (
	yearOrigin = "logboek.voorbeeld.example/jaar"
	newTown    = "GM9099" // into which the first two go
)

// yearSize is how many reports come in, and from how many municipalities.
// SEINHUIS_REPORTS=200000 is the full run.
func yearSize() (reports, towns int) {
	if n, err := strconv.Atoi(os.Getenv("SEINHUIS_REPORTS")); err == nil {
		return n, 50
	}
	return 1200, 8
}

// yearFolder is in memory for a small year where that can be: a year has some
// ten thousand commits, each of which waits for the disk, and no power is cut in it.
func yearFolder(t *testing.T) string {
	if reports, _ := yearSize(); reports < 20_000 {
		if dir, err := os.MkdirTemp("/dev/shm", "seinhuis-year-"); err == nil {
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			return dir
		}
	}
	return t.TempDir()
}

// yearWorld is every part of a gateway on disk, with a clock that the test
// moves. Only letters are not real: JOSE of the parties would take most of the
// time and says nothing about terms.
type yearWorld struct {
	t    *testing.T
	ctx  context.Context
	dir  string
	now  time.Time
	dice *rand.Rand
	size int // municipalities

	creditors []gateway.Party
	kinds     map[gateway.OIN]gateway.ReportKind
	towns     map[gateway.Municipality]gateway.Party
	codes     []gateway.Municipality // where people live, by the routing table
	table     *routing.Table

	truth     truth
	raw       *sql.DB // the same file, to look without asking the gateway
	ring      keyStore
	reports   *journey.Journey
	box       *mailbox.Mailbox
	notices   *feedback.Notices
	desk      *feedback.Desk
	pauses    *pause.Desk
	clocks    *clocks.Clocks
	sweeper   *retention.Sweeper
	holds     *retention.Holds
	mergers   *reorganisation.Desk
	objection *objection.Desk
	log       *audit.Sequencer
	verifier  string
	published proof.KeySet
	jwks      []byte

	beforeWrite func() // once, between preparing and committing reports
}

func newYearWorld(t *testing.T, towns int) *yearWorld {
	w := &yearWorld{t: t, size: towns, ctx: t.Context(), dir: yearFolder(t), now: midnightOf(yearStart).Add(time.Hour), dice: rand.New(rand.NewPCG(2026, 11)),
		kinds: map[gateway.OIN]gateway.ReportKind{}, towns: map[gateway.Municipality]gateway.Party{}}
	w.enrolTowns()
	w.enrolCreditors()
	w.openParts()
	w.table = w.routes()
	w.register()
	w.wire()
	return w
}

func (w *yearWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s: %v", w.now.UTC().Format(time.RFC3339), err)
	}
}

func (w *yearWorld) clock() time.Time { return w.now }

func (w *yearWorld) today() gateway.Date { return gateway.Today(w.now) }

// Current fills routing.Tables.
func (w *yearWorld) Current() *routing.Table { return w.table }

// midnightOf is the first moment of a day in the Netherlands.
func midnightOf(d gateway.Date) time.Time {
	if t := d.Time().Add(-2 * time.Hour); gateway.Today(t) == d {
		return t
	}
	return d.Time().Add(-time.Hour)
}

func (w *yearWorld) enrolTowns() {
	for i := range w.size + 1 {
		code := gateway.Municipality(fmt.Sprintf("GM%04d", 9001+i))
		if i == w.size {
			code = newTown
		} else {
			w.codes = append(w.codes, code)
		}
		key, err := ecdh.P256().GenerateKey(crand.Reader)
		w.must(err)
		p := gateway.Party{OIN: gateway.OIN(fmt.Sprintf("0000009900000022%04d", i)), Kind: gateway.KindMunicipality, Name: fmt.Sprintf("Voorbeeldgemeente %d", i),
			State: gateway.PartyActive, Municipality: code, Keys: []gateway.PartyKey{w.key(gateway.KeyEncrypt, "ECDH-ES+A256KW", key.PublicKey())}}
		if i%7 == 3 { // keeps less long
			p.BodyDays, p.TokenDays = 10+i%14, 60+i
		}
		w.towns[code] = p
	}
}

func (w *yearWorld) enrolCreditors() {
	kinds := []gateway.ReportKind{gateway.ReportEnergy, gateway.ReportWater, gateway.ReportRent, gateway.ReportHealth}
	for i := range 12 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
		w.must(err)
		p := gateway.Party{OIN: gateway.OIN(fmt.Sprintf("0000009900000011%04d", i)), Kind: gateway.KindCreditor, Name: fmt.Sprintf("Voorbeeldpartij %d", i),
			State: gateway.PartyActive, Keys: []gateway.PartyKey{w.key(gateway.KeySign, "ES256", &key.PublicKey)}}
		w.creditors, w.kinds[p.OIN] = append(w.creditors, p), kinds[i%len(kinds)]
	}
}

func (w *yearWorld) key(use gateway.KeyUse, algorithm string, public any) gateway.PartyKey {
	id, err := keys.Thumbprint(public)
	w.must(err)
	return gateway.PartyKey{ID: id, Use: use, Algorithm: algorithm, Public: public, From: w.now.AddDate(-1, 0, 0)}
}

// routes is a table of the towns: four postcodes each, where nobody lives
// above number 9000.
func (w *yearWorld) routes() *routing.Table {
	var rows strings.Builder
	rows.WriteString("PC6;Huisnummer;Buurt2026;Wijk2026;Gemeente2026\n")
	for i, code := range w.codes {
		for _, pc := range postcodesOf(i) {
			fmt.Fprintf(&rows, "%s;%d;;;%s\n", pc, 1+i%9, strings.TrimPrefix(string(code), "GM"))
		}
	}
	r := bytes.NewReader([]byte(rows.String()))
	edition, _, err := routing.ReadCBS("pc6hnr20260801_gwb.csv", r, r.Size(), routing.ReadOptions{})
	w.must(err)
	// The table knows of the absorption; of the other merger only the register does.
	table, _, err := routing.Compile(edition, []routing.Change{{Date: absorptionOn, Old: w.codes[2], New: w.codes[3], Kind: routing.ChangeAbsorbed}}, nil, routing.CompileOptions{Sample: true})
	w.must(err)
	return table
}

func postcodesOf(town int) []string {
	var all []string
	for _, letters := range []string{"AA", "BB", "CC", "DD"} {
		all = append(all, fmt.Sprintf("%d%s", 2000+100*town, letters))
	}
	return all
}

func (w *yearWorld) openParts() {
	var err error
	path := filepath.Join(w.dir, databaseFile)
	w.truth, err = makeSQLite(w.ctx, w.dir)
	w.must(err)
	w.t.Cleanup(func() { _ = w.truth.Close() })
	w.raw, err = sql.Open("sqlite", "file:"+path+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	w.must(err)
	w.t.Cleanup(func() { _ = w.raw.Close() })
	w.ring, err = keyring.Create(filepath.Join(w.dir, keyringFile), keyring.NewUnlock(), w.now, keyring.Options{Clock: w.clock})
	w.must(err)
	w.t.Cleanup(func() { _ = w.ring.Close() })
	signer, verifier, err := logSigner(w.ctx, config{Origin: yearOrigin}, w.ring)
	w.must(err)
	w.must(os.Mkdir(filepath.Join(w.dir, logDir), 0o700))
	tiles, err := files.Open(filepath.Join(w.dir, logDir))
	w.must(err)
	w.verifier = verifier
	w.log, err = audit.NewSequencer(audit.Config{Rows: w.truth.Rows, Heads: w.truth.Heads, Tiles: tiles, Signer: signer, Origin: yearOrigin})
	w.must(err)
	w.jwks, err = publicKeys{w.ring}.JWKS(w.ctx)
	w.must(err)
	w.published, err = proof.ParseKeySet(w.jwks)
	w.must(err)
}

func (w *yearWorld) register() {
	parties := append([]gateway.Party{w.towns[newTown]}, w.creditors...)
	var agreements []gateway.Agreement
	for i, code := range w.codes {
		parties = append(parties, w.towns[code])
		for j, c := range w.creditors {
			agreements = append(agreements, gateway.Agreement{ID: string(gateway.NewUUID(w.now, nil)), Creditor: c.OIN, Municipality: code,
				Kinds: []gateway.ReportKind{w.kinds[c.OIN]}, Bases: []gateway.Basis{gateway.BasisWgs}, From: yearStart.AddDays(-400), PauseDays: 10 + (i+5*j)%21, Prolongations: 1 + j%2})
		}
	}
	w.must(w.truth.Register.Write(w.ctx, func(tx register.Tx) error { return errors.Join(tx.PutParties(parties), tx.PutAgreements(agreements)) }))
}

func (w *yearWorld) wire() {
	policy, err := policies.Embedded()
	w.must(err)
	bell, directory := feedback.NewBell(nil), register.NewDirectory(w.truth.Register, w.clock)
	receipts := jose.NewIssuer(w.ring, keys.ReceiptSigning)
	w.notices = feedback.NewNotices(w.truth.Feedback, jose.NewIssuer(w.ring, keys.NoticeSigning), w.ring, bell)
	w.reports = journey.New(journey.Ports{Issuer: gatewaytest.Issuer, Opener: gatewaytest.Opener{}, Tables: w, Register: directory,
		Policy: func() *policies.Bundle { return policy }, Keyer: w.ring, Sealer: gatewaytest.Sealer{}, Wrapper: w.ring, Receipts: receipts,
		Notices: w.notices, Ledger: interrupted{w.truth.Ledger, w}, Bell: bell, Objections: objection.NewDirectory(w.truth.Objections, w.clock)})
	w.box = mailbox.New(w.truth.Mailbox, w.ring)
	w.desk = feedback.NewDesk(feedback.Ports{Issuer: gatewaytest.Issuer, Verifier: gatewaytest.Opener{}, Receipts: receipts, Notices: w.notices, Store: w.truth.Feedback, Bell: bell})
	w.pauses = pause.NewDesk(pause.Ports{Issuer: gatewaytest.Issuer, Verifier: gatewaytest.Opener{}, Receipts: receipts, Notices: w.notices,
		Parties: directory, Store: w.truth.Pauses, Bell: bell, Clock: w.clock})
	w.clocks = clocks.New(clocks.Ports{Issuer: gatewaytest.Issuer, Store: w.truth.Clocks, Notices: w.notices, Bell: bell})
	w.sweeper = retention.NewSweeper(retention.Ports{Issuer: gatewaytest.Issuer, Store: w.truth.Retention, Directory: w.truth.Register, Signer: receipts,
		Keys: w.ring, Wrapper: w.ring, Clock: w.clock})
	w.holds = retention.NewHolds(w.truth.Holds, w.clock)
	w.mergers = reorganisation.NewDesk(w.truth.Reorganisations, w.clock)
	w.objection = objection.NewDesk(w.truth.Objections, w.ring)
}

// visit is a visit of a party now.
func (w *yearWorld) visit(p gateway.Party) gateway.Visit {
	return gateway.Visit{Peer: gateway.Authenticated(p, strings.Repeat("ab", 32)), At: w.now, Trace: gateway.NewTrace()}
}

// interrupted is a ledger before whose writing something may happen.
type interrupted struct {
	journey.Ledger
	w *yearWorld
}

func (i interrupted) Write(ctx context.Context, bodies []seal.Body, fn func(tx journey.Tx) error) error {
	if happens := i.w.beforeWrite; happens != nil {
		i.w.beforeWrite = nil
		happens()
	}
	return i.Ledger.Write(ctx, bodies, fn)
}
