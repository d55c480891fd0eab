// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// sweep sweeps on a day, again until it succeeds, and compares.
func (y *year) sweep(day int, disturb func(int)) {
	if at := Now().AddDate(0, 0, day); at.After(y.now) {
		y.now = at
	}
	if disturb != nil {
		disturb(day)
		defer disturb(-1)
	}
	for try := 0; ; try++ {
		_, err := y.sweeper.Sweep(y.t.Context())
		if err == nil {
			_, err = y.sweeper.Destroy(y.t.Context())
		}
		if err == nil {
			break
		}
		if gateway.AsError(err).Kind != gateway.KindUnavailable || disturb == nil || try > 20 {
			y.t.Fatalf("day %d: %v", day, err)
		}
	}
	y.readReceipts(day)
	for name, o := range y.objects {
		if due := y.isDue(o); due && !o.gone && !y.isHeld(o) {
			y.t.Fatalf("day %d: %s is past its term", day, name)
		}
	}
	y.bodiesOpen(day)
}

func (y *year) isDue(o *expected) bool {
	return y.today().After(o.last) || !o.graced.IsZero() && y.today().After(o.graced)
}

func (y *year) isHeld(o *expected) bool {
	for _, c := range o.claims {
		for _, h := range y.placed {
			if h.Claim == c && h.InForce(y.today()) {
				return true
			}
		}
	}
	return false
}

// readReceipts takes the new receipts of every controller: each names objects
// that are due and were not named before, and the log names each receipt.
func (y *year) readReceipts(day int) {
	y.readLog()
	for _, p := range y.Parties() {
		of := retention.ControllerOf(p)
		shelf, err := y.truth.Shelf.Deletions(y.t.Context(), of, y.read[of], 1e6)
		y.must(err)
		for _, f := range shelf {
			if f.Sequence != y.read[of]+1 {
				y.t.Fatalf("day %d: receipt %d comes after %d", day, f.Sequence, y.read[of])
			}
			y.read[of]++
			y.receipts++
			y.readReceipt(day, p, f)
		}
	}
}

func (y *year) readReceipt(day int, p gateway.Party, f retention.Filed) {
	payload, err := Unsign(f.Receipt)
	y.must(err)
	var said struct {
		Issuer   gateway.OIN      `json:"iss"`
		Audience gateway.OIN      `json:"aud"`
		Kind     retention.Kind   `json:"soort"`
		Reason   retention.Reason `json:"reden"`
		Count    int              `json:"aantal"`
		Objects  []string         `json:"objecten"`
	}
	y.must(json.Unmarshal(payload, &said))
	if said.Issuer != Issuer || said.Audience != p.OIN || said.Count != len(said.Objects) || said.Count != f.Count || said.Kind != f.Kind ||
		said.Reason != f.Reason || !slices.IsSorted(said.Objects) {
		y.t.Fatalf("day %d: receipt %+v of %+v", day, said, f)
	}
	event := audit.DataErased
	if f.Kind == retention.KindKey {
		event = audit.KeyDestroyed
	}
	if e := y.entries[proof.ReceiptDigest(string(f.Receipt))]; e.Event != string(event) {
		y.t.Fatalf("day %d: the log has %q for a receipt", day, e.Event)
	}
	if f.Kind != retention.KindKey {
		y.take(day, f, said.Objects)
	}
}

// take marks the objects of a receipt as gone.
func (y *year) take(day int, f retention.Filed, sums []string) {
	for _, sum := range sums {
		name := y.hashes[sum]
		o := y.objects[name]
		switch {
		case o == nil || o.gone:
			y.t.Fatalf("day %d: a receipt names an object that never was, or was erased before: %q", day, name)
		case o.controller != f.Controller:
			y.t.Fatalf("day %d: %s is of %s, and %s got the receipt", day, name, o.controller, f.Controller)
		case !y.isDue(o) || y.isHeld(o):
			y.t.Fatalf("day %d: %s was erased early", day, name)
		}
		o.gone = true
		delete(y.hashes, sum)
		y.cascade(name)
	}
}

// cascade knows that relations go with either of their signals.
func (y *year) cascade(name string) {
	id, ok := strings.CutPrefix(name, "signaal/")
	if !ok || strings.Contains(id, "/") {
		return
	}
	for other, o := range y.objects {
		if strings.Contains(other, "/verband/") && strings.Contains(other, id) {
			o.gone = true
		}
	}
}

// readLog takes the new entries that name a receipt.
func (y *year) readLog() {
	leaves, err := y.truth.Rows.Leaves(y.t.Context(), y.rows, 1e6)
	y.must(err)
	y.rows += int64(len(leaves))
	for _, leaf := range leaves {
		if e, err := proof.Decode(leaf); err == nil && e.Receipt != "" {
			y.entries[e.Receipt] = e
		}
	}
}

// bodiesOpen holds the store to the model, and the keys to the store: what is
// not gone is there and opens, what is gone is not.
func (y *year) bodiesOpen(day int) {
	t := y.t
	var ids []gateway.SignalID
	var reports []journey.Key
	for _, d := range y.deposits {
		ids, reports = append(ids, d.Sealed().Body().ID), append(reports, keyOf(d))
	}
	rest, err := y.truth.Mailbox.Bodies(t.Context(), ids)
	y.must(err)
	records, err := y.truth.Ledger.Records(t.Context(), reports)
	y.must(err)
	for i, id := range ids {
		gone := y.objects["signaal/"+string(id)+"/inhoud"].gone
		if gone != (rest[i].Wrapped == nil) {
			t.Fatalf("day %d: body gone %t, in the store %t", day, gone, rest[i].Wrapped != nil)
		}
		if !gone && y.unwrap(rest[i].Scope, string(id), rest[i].Wrapped) != nil {
			t.Fatalf("day %d: a body that is kept does not open: %s", day, rest[i].Scope)
		}
		report := "melding/" + string(reports[i].Creditor) + "/" + string(reports[i].ReportID)
		if y.objects[report].gone == records[i].Exists() {
			t.Fatalf("day %d: report gone %t, in the store %t", day, y.objects[report].gone, records[i].Exists())
		}
	}
	y.keysGone(day)
}

// keysGone: no key outlives its month by more than what is kept under it.
func (y *year) keysGone(day int) {
	scopes, err := y.Wraps.Scopes(y.t.Context())
	y.must(err)
	for _, s := range scopes {
		_, period, _ := strings.Cut(s.Name, "/")
		first, err := gateway.ParseDate(period + "-01")
		if err != nil {
			continue // of a hold
		}
		// 31 days of the month, its bodies' 30, and the leeway.
		if s.Destroyed.IsZero() && y.today().DaysSince(first) > 31+31+3 {
			y.t.Fatalf("day %d: the key of %s is still there", day, s.Name)
		}
	}
}

// end is when everything is over: nothing rests but receipts, and what came with them.
func (y *year) end() {
	t := y.t
	for name, o := range y.objects {
		if !o.gone {
			t.Errorf("%s is left", name)
		}
	}
	counts, err := y.truth.Overview.Census(t.Context(), y.today())
	y.must(err)
	for _, c := range counts {
		if c.Kind != retention.KindDeletion || c.Left == retention.LeftNothing {
			t.Errorf("%+v", c)
		}
	}
	scopes, err := y.Wraps.Scopes(t.Context())
	y.must(err)
	for _, s := range scopes {
		if s.Destroyed.IsZero() {
			t.Errorf("the key of %s is left", s.Name)
		}
	}
	if len(y.deposits) < 200 || len(y.placed) < 20 || y.files < 20 || y.receipts < 500 {
		t.Errorf("%d reports, %d holds, %d files, %d receipts: is the year lived?", len(y.deposits), len(y.placed), y.files, y.receipts)
	}
}

func (y *year) unwrap(scope, id string, data []byte) error {
	_, err := y.Wraps.Unwrap(y.t.Context(), []keys.WrapItem{{Scope: scope, ID: id, Data: data}})
	return err
}
