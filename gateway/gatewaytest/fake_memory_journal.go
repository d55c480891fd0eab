// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// memoryHit is a row of the log with what was known when it was written.
type memoryHit struct {
	oversight.Hit
	signal   gateway.SignalID // the first of the claim
	further  []gateway.SignalID
	concerns []logbook.Concern
}

// index goes through what a write added to the log, when the rest is there.
func (s *state) index() error {
	for n := len(s.journal); n < len(s.leaves); n++ {
		e, err := proof.Decode(s.leaves[n])
		if err != nil {
			return fault("a leaf is no entry")
		}
		known, signal := s.known(e)
		if !known.Related(e) {
			signal = ""
		}
		var further []gateway.SignalID
		for _, id := range s.also[n] {
			place, there := s.places[id]
			if !there || !known.Related(e) {
				continue
			}
			switch root := cmp.Or(s.signals[place].Concerns, id); {
			case signal == "":
				signal = root
			case signal != root && !slices.Contains(further, root):
				further = append(further, root)
			}
		}
		slices.SortFunc(further, func(a, b gateway.SignalID) int { return cmp.Compare(s.places[a], s.places[b]) })
		s.journal = append(s.journal, memoryHit{oversight.Hit{Number: int64(n) + 1, Entry: e}, signal, further, logbook.Concerns(e, known)})
	}
	return nil
}

// known is what the state tells of the object of an entry.
func (s *state) known(e proof.Entry) (k logbook.Known, about gateway.SignalID) {
	parts := strings.Split(e.Object, "/")
	for _, part := range parts {
		if p := s.reader(gateway.Municipality(part)); p != "" {
			k.Named = append(k.Named, p)
		}
	}
	parts = append(parts, "", "") // so that each has a second and third
	switch audit.Kind(parts[0]) {
	case audit.KindReport:
		about = s.reports[journey.Key{Creditor: gateway.OIN(parts[1]), ReportID: gateway.ReportID(parts[2])}].Signal
	case audit.KindSignal, audit.KindFeedback:
		about = gateway.SignalID(parts[1])
	case audit.KindNotice:
		for _, n := range s.notices {
			if string(n.Notice.ID) == parts[1] {
				about, k.Addressee, k.Notice = n.Notice.Signal, n.Notice.To, n.Notice.Kind
				if n.Notice.Pause != nil {
					k.Holder = s.holderOf(n.Notice.Pause.ID)
				}
			}
		}
	case audit.KindPause:
		if i := s.pausePlace(gateway.PauseID(parts[1])); i >= 0 {
			about, k.Holder = s.pauses[i].Signal, s.pauses[i].Holder.OIN
		}
	case audit.KindHold:
		for _, h := range s.holds {
			if slices.Contains(parts, string(h.ID)) {
				about, k.Creditor = s.reports[journey.Key{Creditor: h.Claim.Creditor, ReportID: h.Claim.ReportID}].Signal, h.Claim.Creditor
			}
		}
	case audit.KindRequest:
		if i := s.request(gateway.UUID(parts[1])); i >= 0 {
			k.Controller, k.Former = s.requests[i].Controller, s.requests[i].HandedFrom
		}
	case audit.KindAgreement:
		if a, known := s.agreements[parts[1]]; known {
			k.Named = append(k.Named, a.Creditor, s.reader(a.Municipality))
		}
	}
	place, there := s.places[about]
	if !there {
		return k, ""
	}
	signal := s.signals[place]
	k.Creditor, k.Reader = signal.creditor, s.reader(signal.Municipality)
	return k, cmp.Or(signal.Concerns, signal.ID)
}

func (s *state) holderOf(id gateway.PauseID) gateway.OIN {
	if i := s.pausePlace(id); i >= 0 {
		return s.pauses[i].Holder.OIN
	}
	return ""
}

// reader is whose mailbox a municipality's is: the active party, or the last.
func (s *state) reader(m gateway.Municipality) (best gateway.OIN) {
	rank := map[gateway.PartyState]int{gateway.PartyActive: 3, gateway.PartySuspended: 2, gateway.PartyEnded: 1}
	for oin, p := range s.parties {
		if m == "" || p.Municipality != m || p.Kind != gateway.KindMunicipality {
			continue
		}
		if old := s.parties[best]; rank[p.State] > rank[old.State] || rank[p.State] == rank[old.State] && oin > best {
			best = oin
		}
	}
	return best
}

// served are the parties of a scope, with those whose place they took.
func (s *state) served(scope oversight.Scope) []gateway.OIN { return s.servedParties(scope.Parties()) }

func (s *state) servedParties(oins []gateway.OIN) []gateway.OIN {
	all := slices.Clone(oins)
	for _, oin := range oins {
		own := s.parties[oin]
		if own.Kind != gateway.KindMunicipality || own.State != gateway.PartyActive || own.Municipality == "" {
			continue
		}
		for _, p := range s.parties {
			if p.Kind == gateway.KindMunicipality && p.Municipality != "" && s.holder(p.Municipality) == own.Municipality {
				all = append(all, p.OIN)
			}
		}
	}
	return all
}

type memoryJournal struct{ m *Memory }

// Write fills oversight.Journal.
func (j memoryJournal) Write(ctx context.Context, entries []audit.Entry) error {
	return j.m.write(ctx, func(t *memoryTx) error {
		_, err := t.Append(entries)
		return err
	})
}

// in gives what lies in a scope, oldest first.
func (j memoryJournal) in(scope oversight.Scope) (found []memoryHit, err error) {
	s, err := j.m.read()
	if err != nil {
		return nil, err
	}
	served := s.served(scope)
	for _, h := range s.journal {
		if scope.All() || slices.ContainsFunc(h.concerns, func(c logbook.Concern) bool { return slices.Contains(served, c.Party) }) {
			found = append(found, h)
		}
	}
	return found, nil
}

// Search fills oversight.Journal.
func (j memoryJournal) Search(_ context.Context, q oversight.Query) (found []oversight.Hit, err error) {
	all, err := j.in(q.Scope.To(q.Party))
	for _, h := range slices.Backward(all) {
		if len(found) < min(max(q.Limit, 1), oversight.MaxHits) && Asked(q, h.Hit) {
			found = append(found, h.Hit)
		}
	}
	return found, err
}

// Asked reports whether a hit answers a query, its scope and limit aside.
func Asked(q oversight.Query, h oversight.Hit) bool {
	parts := strings.Split(h.Entry.Object, "/")
	is := func(asked, has string) bool { return asked == "" || asked == has }
	at := h.Entry.At()
	return (q.Since.IsZero() || !at.Before(q.Since)) && (q.Until.IsZero() || at.Before(q.Until)) &&
		(len(q.Events) == 0 || slices.Contains(q.Events, audit.Event(h.Entry.Event))) && is(string(q.Kind), parts[0]) &&
		(q.Object == "" || slices.Contains(parts[1:], string(q.Object))) && (q.Holder == "" || slices.Contains(parts[1:], q.Holder)) &&
		is(q.Actor, h.Entry.Actor) && is(q.Result, h.Entry.Result) && is(q.Trace.ID(), h.Entry.Trace) &&
		(q.Before <= 0 || h.Number < q.Before)
}

// Life fills oversight.Journal.
func (j memoryJournal) Life(_ context.Context, scope oversight.Scope, id gateway.UUID) (found []oversight.Hit, err error) {
	all, err := j.in(scope)
	var claims []gateway.SignalID
	names := func(h memoryHit) bool { return slices.Contains(strings.Split(h.Entry.Object, "/")[1:], string(id)) }
	for _, h := range all {
		if h.signal != "" && names(h) {
			claims = append(claims, h.signal)
		}
	}
	for _, h := range all {
		if len(found) < oversight.MaxHits && (names(h) || slices.Contains(claims, h.signal)) {
			found = append(found, h.Hit)
		}
	}
	return found, err
}

// Volumes fills oversight.Journal.
func (j memoryJournal) Volumes(_ context.Context, scope oversight.Scope, from, through gateway.Date) ([]oversight.Volume, error) {
	all, err := j.in(scope)
	if err != nil {
		return nil, err
	}
	s, err := j.m.read()
	if err != nil {
		return nil, err
	}
	served, counts := s.served(scope), map[oversight.Volume]int64{}
	for _, h := range all {
		times := int64(1)
		if !scope.All() {
			times = 0
			for _, c := range h.concerns {
				if slices.Contains(served, c.Party) {
					times++
				}
			}
		}
		v := oversight.Volume{Day: gateway.Today(h.Entry.At()), Event: audit.Event(h.Entry.Event), Result: h.Entry.Result}
		if from.After(v.Day) || v.Day.After(through) {
			continue
		}
		counts[v] += times
		codes := slices.Clone(h.Entry.Codes)
		slices.Sort(codes)
		for _, v.Code = range slices.Compact(codes) {
			counts[v] += times
		}
	}
	var volumes []oversight.Volume
	for v, n := range counts {
		v.Count = n
		volumes = append(volumes, v)
	}
	slices.SortFunc(volumes, func(a, b oversight.Volume) int {
		return cmp.Or(a.Day.DaysSince(b.Day), cmp.Compare(a.Event, b.Event), cmp.Compare(a.Result, b.Result), cmp.Compare(a.Code, b.Code))
	})
	return volumes, nil
}
